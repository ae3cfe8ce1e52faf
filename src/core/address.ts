/**
 * Which addresses a stranger may have the gateway ask. An address that comes in a request is one that
 * its sender cannot reach, or would rather have somebody else reach: what is not plainly a server on
 * the open internet is refused.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry (read 2026-11-22)
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry (read 2026-11-22)
 */
export type WebAddress =
  | { readonly url: URL; readonly refused?: undefined }
  /** In words that may stand behind 'The address cannot be asked: '. They repeat none of it. */
  | { readonly url?: undefined; readonly refused: string }

/** Longer ones are no addresses of pictures, and some servers cut them where it suits them. */
const urlLengthMax = 2_048
/** Where pictures and documents are served; any other port belongs to another protocol. */
const ports: ReadonlySet<string> = new Set(['', '80', '443', '8080', '8443'])

/**
 * What can be known of an address before its name is looked up.
 * @param allowed  origins ('http://media.internal:9000') that are permitted whatever they are
 */
export function readWebAddress(text: string, allowed: ReadonlySet<string> = none): WebAddress {
  if (text.length > urlLengthMax) return { refused: `it is longer than ${urlLengthMax} characters` }
  // `new URL` mends all of these, and whoever reads the text may mend them into another address.
  if (!/^https?:\/\/[^/\\]/i.test(text))
    return { refused: 'it does not begin with https:// or http://' }
  if (/[\\\s\p{Cc}]/u.test(text))
    return { refused: 'it holds a backslash, a space or a control character' }
  if (!URL.canParse(text)) return { refused: 'it is no URL' }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '' || /^[^/?#]*\/\/[^/?#]*@/.test(text))
    return { refused: 'it names a user in front of its host' }
  if (allowed.has(url.origin)) return { url }
  if (!ports.has(url.port)) return { refused: `its port ${url.port} is none that web servers use` }
  return hostFault(url.hostname) ?? { url }
}

const none: ReadonlySet<string> = new Set()

/** Names that mean this machine or this network, wherever DNS is asked. */
const ownNames =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|home\.arpa|onion|test|invalid|localdomain)$/

function hostFault(hostname: string): WebAddress | null {
  const inBrackets = hostname.startsWith('[')
  // `URL` has read every spelling of IPv4 (octal, hexadecimal, short, one number) into the plain one.
  if (inBrackets || isIpv4(hostname)) {
    const kind = specialKind(inBrackets ? hostname.slice(1, -1) : hostname)
    return kind === null ? null : { refused: `its host is ${kind}` }
  }
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
  if (!/^[a-z\d_-]{1,63}(?:\.[a-z\d_-]{1,63})+$/.test(name) || name.length > 253)
    return { refused: 'its host is no name of the open internet' }
  if (ownNames.test(name)) return { refused: 'its host is a name of a network of its own' }
  return null
}

/**
 * What is special about an IP address; null for one of the open internet. An address in IPv6 that holds
 * one of IPv4 is what that one is, and what cannot be read is special too.
 */
export function specialKind(address: string): string | null {
  const four = ipv4Number(address)
  if (four !== null) return special4(four)
  const groups = ipv6Groups(address)
  return groups === null ? 'no IP address' : special6(groups)
}

function isIpv4(text: string): boolean {
  return ipv4Number(text) !== null
}

/** '10.0.0.1' in its plain spelling alone. */
function ipv4Number(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1)
  if (parts === undefined || parts.some((part) => Number(part) > 255 || /^0\d/.test(part)))
    return null
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

const private4 = 'an address of a private network'

/** First address, bits of the network, what it is. */
const blocks4: readonly (readonly [from: string, bits: number, kind: string])[] = [
  ['0.0.0.0', 8, 'this host'],
  ['10.0.0.0', 8, private4],
  ['100.64.0.0', 10, 'an address behind a carrier'],
  ['127.0.0.0', 8, 'this machine'],
  // Azure's machines ask their host here (learn.microsoft.com, what-is-ip-address-168-63-129-16, read 2026-11-22).
  ['168.63.129.16', 32, "the address of a cloud's own services"],
  ['169.254.0.0', 16, 'a link-local address'],
  ['172.16.0.0', 12, private4],
  ['192.0.0.0', 24, 'an address kept for protocols'],
  ['192.0.2.0', 24, 'an address kept for documents'],
  ['192.88.99.0', 24, 'a 6to4 relay'],
  ['192.168.0.0', 16, private4],
  ['198.18.0.0', 15, 'an address kept for benchmarks'],
  ['198.51.100.0', 24, 'an address kept for documents'],
  ['203.0.113.0', 24, 'an address kept for documents'],
  ['224.0.0.0', 4, 'a multicast address'],
  ['240.0.0.0', 4, 'a reserved address'],
]

function special4(address: number): string | null {
  const found = blocks4.find(([from, bits]) => {
    const size = 2 ** (32 - bits)
    return Math.floor(address / size) === Math.floor(ipv4Number(from)! / size)
  })
  return found?.[2] ?? null
}

/** Eight groups of 16 bits; null for what is none, and for one with a zone behind it. */
function ipv6Groups(text: string): readonly number[] | null {
  if (!/^[\da-f:.]{2,45}$/i.test(text)) return null
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [left = null, right = null] = halves.map(groupsIn)
  if (left === null) return null
  if (halves.length === 1) return left.length === 8 ? left : null
  if (right === null || left.length + right.length > 7) return null
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function groupsIn(text: string): number[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [index, part] of parts.entries()) {
    const four = index === parts.length - 1 ? ipv4Number(part) : null
    if (four !== null) groups.push(Math.floor(four / 65_536), four % 65_536)
    else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}

/** First groups, bits, and what it is; or at which group an address of IPv4 stands in it. */
const blocks6: readonly (readonly [
  from: readonly number[],
  bits: number,
  kind: string | number,
])[] = [
  [[0, 0, 0, 0, 0, 0xffff], 96, 6], // mapped
  [[0, 0, 0, 0, 0xffff], 80, 6], // translated, RFC 2765
  [[0x64, 0xff9b, 1], 48, 'a translated address of a network of its own'],
  [[0x64, 0xff9b], 96, 6], // NAT64
  [[0x100], 64, 'an address that is thrown away'],
  [[0x2001, 0xdb8], 32, 'an address kept for documents'],
  [[0x2001], 23, 'an address kept for protocols'], // Teredo, ORCHID, benchmarks
  [[0x2002], 16, 1], // 6to4
  [[0x3fff], 20, 'an address kept for documents'],
]

function special6(groups: readonly number[]): string | null {
  for (const [from, bits, kind] of blocks6) {
    if (!begins(groups, from, bits)) continue
    if (typeof kind === 'string') return kind
    return (
      special4(groups[kind]! * 65_536 + groups[kind + 1]!) ??
      'an address of IPv4 within one of IPv6'
    )
  }
  if (groups.slice(0, 7).every((group) => group === 0) && groups[7]! <= 1)
    return groups[7] === 1 ? 'this machine' : 'this host'
  if (begins(groups, [0xfc00], 7)) return private4
  if (begins(groups, [0xfe80], 10)) return 'a link-local address'
  if (begins(groups, [0xff00], 8)) return 'a multicast address'
  // All that is routed stands within 2000::/3; the rest is kept for what may come, site-local included.
  return begins(groups, [0x2000], 3) ? null : 'a reserved address'
}

function begins(groups: readonly number[], from: readonly number[], bits: number): boolean {
  for (let at = 0; at * 16 < bits; at += 1) {
    const shift = Math.max(0, 16 - (bits - at * 16))
    if (groups[at]! >> shift !== (from[at] ?? 0) >> shift) return false
  }
  return true
}
