import { isoText, type Instant } from '../core/clock.ts'
import { percentEscaped } from '../core/percent.ts'

/**
 * Amazon's signature, version 4, over a whole request. Pure: the same request at the same instant has
 * the same signature.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (read 2026-11-22)
 */
export interface AwsKey {
  readonly accessKeyId: string
  readonly secret: string
  /** Keys that were lent for some hours come with a token. */
  readonly session: string | null
}

interface SignedRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  readonly at: Instant
}

interface Scope {
  readonly region: string
  readonly service: string
}

const algorithm = 'AWS4-HMAC-SHA256'

/** The headers to add: `authorization`, `x-amz-date`, and the token where there is one. */
export function signV4(
  { method, url, headers, body, at }: SignedRequest,
  { accessKeyId, secret, session }: AwsKey,
  { region, service }: Scope,
): Readonly<Record<string, string>> {
  const { host, pathname, searchParams } = new URL(url)
  // 20150830T123600Z
  const time = isoText(at).replaceAll(/[-:]|\.\d+/g, '')
  const day = time.slice(0, 8)
  const added: Record<string, string> = { 'x-amz-date': time }
  if (session !== null) added['x-amz-security-token'] = session
  const signed = Object.entries({ ...headers, ...added, host })
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, ' ')] as const)
    .filter(([name]) => isSigned(name))
    .toSorted(([left], [right]) => byCode(left, right))
  const names = signed.map(([name]) => name).join(';')
  const canonical = [
    method,
    canonicalPath(pathname),
    canonicalQuery(searchParams),
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = [algorithm, time, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Uint8Array>(
    (sum, word) => hmac(sum, word),
    `AWS4${secret}`,
  )
  const signature = Buffer.from(hmac(key, text)).toString('hex')
  added['authorization'] =
    `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  return added
}

/** What stands between may change the others. */
function isSigned(name: string): boolean {
  return name === 'host' || name === 'content-type' || name.startsWith('x-amz-')
}

/** The path as it is sent, escaped once more: so all services but S3 want it. */
function canonicalPath(path: string): string {
  return path.split('/').map(percentEscaped).join('/')
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => [percentEscaped(name), percentEscaped(value)] as const)
    .toSorted((left, right) => byCode(left[0], right[0]) || byCode(left[1], right[1]))
    .map((pair) => pair.join('='))
    .join('&')
}

function byCode(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function sha256(data: string | Uint8Array): string {
  return new Bun.CryptoHasher('sha256').update(data).digest('hex')
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return new Bun.CryptoHasher('sha256', key).update(text).digest()
}
