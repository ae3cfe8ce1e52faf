import type { Instant } from '../core/clock.ts'

/** One link of a chain: whoever changes a row, or takes one out, breaks every link after it. */
export interface CertificateRow {
  readonly seq: number
  readonly at: Instant
  readonly task: string
  /** JSON text of all that is certified. */
  readonly body: string
  /** Of the row before; zeros for the first. */
  readonly previous: string
  /** SHA-256 over all of the row, in hex. */
  readonly hash: string
}

export type CertificateDraft = Pick<CertificateRow, 'at' | 'task' | 'body'>

export interface CertificateBook {
  /** Adds a link to the end of the chain. Nothing changes or removes one. */
  addCertificate(draft: CertificateDraft): Promise<CertificateRow>
  /** The whole chain, the first link first. */
  certificates(): Promise<readonly CertificateRow[]>
}

const firstPrevious = '0'.repeat(64)

/** The link that comes after `last`. */
export function linkedTo(last: CertificateRow | null, draft: CertificateDraft): CertificateRow {
  const row = { ...draft, seq: (last?.seq ?? 0) + 1, previous: last?.hash ?? firstPrevious }
  return { ...row, hash: hashOf(row) }
}

/** The first link that does not hold; null when all of them do. */
export function brokenLink(chain: readonly CertificateRow[]): number | null {
  let last: CertificateRow | null = null
  for (const row of chain) {
    const expected = linkedTo(last, row)
    if (
      row.seq !== expected.seq ||
      row.previous !== expected.previous ||
      row.hash !== expected.hash
    )
      return row.seq
    last = row
  }
  return null
}

function hashOf({ seq, at, task, body, previous }: Omit<CertificateRow, 'hash'>): string {
  const text = JSON.stringify([seq, at, task, body, previous])
  return new Bun.CryptoHasher('sha256').update(text).digest('hex')
}
