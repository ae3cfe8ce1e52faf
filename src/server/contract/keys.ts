export interface KeyJson {
  readonly id: string
  readonly role: string
  readonly env: string | null
  readonly tasks: readonly string[] | null
  readonly budget: { readonly limit: string; readonly per: string } | null
  /** 'file' or 'store' */
  readonly source: string
  readonly hint: string | null
  readonly created_at: string | null
  readonly revoked_at: string | null
}
