import type { Call, Chat, Message, Part, Source } from '../../core/call.ts'
import type { Departure } from '../../core/departure.ts'
import { GatewayError, mediaUnfetched, unsupportedContent } from '../../core/errors.ts'
import type { Dialect, Target, WrittenCall } from '../../dialects/dialect.ts'
import { AddressRefused, askPinned } from '../upstream/pinned.ts'
import type { MediaFetching } from './snapshot.ts'
import type { Trip } from './trip.ts'

/** More than the largest number of pictures that a vendor takes with one call and that people send. */
const addressesMax = 20
const connectMs = 2_000
const totalMs = 10_000

/**
 * The call as its provider takes it, in the provider's dialect. Where that fails because the model wants the bytes of what the call
 * names by address, they are fetched, once for all models that the call goes to, if the file says so.
 * What a provider takes by address is its own to fetch, and is left as it is.
 * @throws as `writeCall` does; media_unfetched
 */
export function writtenWithMedia(
  call: Call,
  dialect: Dialect,
  target: Target,
  trip: Trip,
  departure: Departure,
): WrittenCall | Promise<WrittenCall> {
  try {
    return dialect.writeCall(call, target)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== unsupportedContent.code) throw error
    const meaning = call.operation === 'chat' ? call.meaning() : null
    const addresses =
      meaning?.operation === 'chat' ? addressesIn(meaning.messages) : new Map<string, number>()
    if (meaning?.operation !== 'chat' || addresses.size === 0) throw error
    const { media = null } = trip.snapshot
    if (media === null) throw new GatewayError(error, `${error.message} ${hint}`).at(error.param)
    return writeFetched(call, meaning, addresses, { dialect, target, media, trip, departure })
  }
}

const hint =
  'With media: { fetch: true } in the configuration the gateway fetches what it names by address.'

interface Writing {
  readonly dialect: Dialect
  readonly target: Target
  readonly media: MediaFetching
  readonly trip: Trip
  readonly departure: Departure
}

async function writeFetched(
  call: Call,
  meaning: Chat,
  addresses: ReadonlyMap<string, number>,
  { dialect, target, media, trip, departure }: Writing,
): Promise<WrittenCall> {
  trip.fetched ??= await fetchAll(addresses, media, departure)
  const bytes = trip.fetched
  const messages = meaning.messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) => withBytes(part, bytes)),
  }))
  const withMedia: Call = {
    ...call,
    // The text of the call still names the addresses: whoever speaks its dialect has it written anew, too.
    dialect: `${call.dialect} with its media`,
    meaning: () => ({ ...meaning, messages }),
  }
  const written = dialect.writeCall(withMedia, target)
  return { ...written, adapted: [...written.adapted, 'address>bytes'] }
}

/** How often each is named: so often its bytes stand in what goes out. */
function addressesIn(messages: readonly Message[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const look = (part: Part): void => {
    if (part.type === 'toolResult') part.parts.forEach(look)
    else if ((part.type === 'image' || part.type === 'file') && part.source.kind === 'url')
      found.set(part.source.url, (found.get(part.source.url) ?? 0) + 1)
  }
  for (const { parts } of messages) parts.forEach(look)
  return found
}

function withBytes(part: Part, bytes: ReadonlyMap<string, Source>): Part {
  if (part.type === 'toolResult')
    return { ...part, parts: part.parts.map((inner) => withBytes(inner, bytes)) }
  if ((part.type !== 'image' && part.type !== 'file') || part.source.kind !== 'url') return part
  return { ...part, source: bytes.get(part.source.url) ?? part.source }
}

/** One after the other, so that no more than `bytesMax` is ever held. */
async function fetchAll(
  addresses: ReadonlyMap<string, number>,
  { bytesMax, origins }: MediaFetching,
  departure: Departure,
): Promise<Map<string, Source>> {
  if (addresses.size > addressesMax)
    throw mediaUnfetched(
      `it names ${addresses.size} addresses, and ${addressesMax} are fetched at most`,
    )
  const fetched = new Map<string, Source>()
  let left = bytesMax
  for (const [url, times] of addresses) {
    const bytes = await fetchOne(url, left, origins, departure)
    left -= times * bytes.length
    if (left < 0)
      throw mediaUnfetched(
        `named ${times} times it comes to more than the ${bytesMax / 1_000_000} MB of a call`,
      )
    const mediaType = mediaTypeOf(bytes)
    if (mediaType === null)
      throw mediaUnfetched('what stands there is no PNG, JPEG, GIF or WebP picture, and no PDF')
    fetched.set(url, { kind: 'base64', mediaType, data: Buffer.from(bytes).toString('base64') })
  }
  return fetched
}

async function fetchOne(
  url: string,
  bytesMax: number,
  permitted: ReadonlySet<string>,
  departure: Departure,
): Promise<Uint8Array> {
  try {
    const { status, bytes } = await askPinned({
      url,
      method: 'GET',
      headers: { accept: 'image/png, image/jpeg, image/gif, image/webp, application/pdf' },
      body: '',
      departure,
      limits: { connectMs, totalMs, bytesMax },
      permitted,
    })
    if (status >= 300 && status < 400)
      throw mediaUnfetched('it redirects, which is not followed; name the address that it leads to')
    if (status !== 200) throw mediaUnfetched(`its server answered ${status}`)
    return bytes
  } catch (error) {
    throw error instanceof AddressRefused ? mediaUnfetched(error.message) : error
  }
}

/** A dot stands for any byte. */
const signatures: readonly (readonly [mediaType: string, begins: string])[] = [
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/gif', 'GIF8'],
  ['image/webp', 'RIFF....WEBP'],
  ['application/pdf', '%PDF-'],
]

/** By what it is, and never by what its server calls it: text of a page is not passed on as a picture. */
function mediaTypeOf(bytes: Uint8Array): string | null {
  const begin = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  const fits = (signature: string): boolean =>
    [...signature].every((sign, at) => sign === '.' || sign === begin[at])
  return signatures.find(([, signature]) => fits(signature))?.[0] ?? null
}
