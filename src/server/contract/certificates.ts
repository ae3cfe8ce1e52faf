/** A link of the chain of proven swaps. */
export interface CertificateJson {
  readonly seq: number
  readonly at: string
  readonly task: string
  /** The key of whoever swapped. */
  readonly who: string
  readonly models: { readonly before: readonly string[]; readonly after: readonly string[] }
  readonly config: { readonly before: string; readonly after: string }
  /** What was measured, as the command that measured it said it. */
  readonly proof: Readonly<Record<string, unknown>>
  readonly previous: string
  readonly hash: string
}

export interface CertificatesJson {
  readonly certificates: readonly CertificateJson[]
  /** The first link that does not follow from the one before; null while the chain is whole. */
  readonly broken_at: number | null
}
