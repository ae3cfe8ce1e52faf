import { createHash, createHmac } from 'node:crypto'

/** A request as far as Amazon's signature looks at it. */
export interface Signed {
  readonly method: string
  /** As it was sent. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The access key that a request names; null when it is not signed this way. */
export function accessKeyOf({ headers }: Pick<Signed, 'headers'>): string | null {
  return /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? null
}

/**
 * Whether a request was signed with this key ('ACCESS:SECRET' or 'ACCESS:SECRET:SESSION').
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html (read 2026-11-22).
 */
export function isSignedBy(request: Signed, key: string): boolean {
  const { headers } = request
  const [access = '', secret = '', session] = key.split(':')
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
  if (!found) return false
  const [, named, day = '', region = '', service = '', names = '', signature] = found
  const time = headers['x-amz-date'] ?? ''
  if (named !== access || !time.startsWith(day) || headers['x-amz-security-token'] !== session)
    return false
  const list = names.split(';')
  if (!list.includes('host') || !list.includes('x-amz-date')) return false
  const lines = [request.method, twiceEscaped(request.path), sortedQuery(request.query)]
  for (const name of list) lines.push(`${name}:${headers[name] ?? ''}`)
  lines.push('', names, hash(request.body))
  const scope = [day, region, service, 'aws4_request']
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(lines.join('\n'))].join('\n')
  let signing: string | Buffer = `AWS4${secret}`
  for (const word of scope) signing = createHmac('sha256', signing).update(word).digest()
  return createHmac('sha256', signing).update(text).digest('hex') === signature
}

/** The path holds escapes already; the signature is over their percent signs escaped again. */
function twiceEscaped(path: string): string {
  return [...Buffer.from(path)]
    .map((byte) => {
      const sign = String.fromCharCode(byte)
      return /[A-Za-z0-9._~/-]/.test(sign)
        ? sign
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

function sortedQuery(query: URLSearchParams): string {
  const pairs = [...query].map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  return pairs.toSorted().join('&')
}

function hash(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
