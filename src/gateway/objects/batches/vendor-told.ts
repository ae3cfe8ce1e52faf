import { type JsonObject, readJsonObject } from '../../../core/json.ts'
import type { Exchange } from '../../upstream/upstream.ts'
import type { VendorBatch } from './facts.ts'

/** Lines in a vendor's files: by their place in the file of requests, in what is sent and in what comes back. */

export function lineNamed(place: number): string {
  return `line-${place}`
}

/** Null for what is no line of ours. */
export function placeNamed(name: unknown): number | null {
  const [, place] = /^line-(\d{1,6})$/.exec(String(name)) ?? []
  return place === undefined ? null : Number(place)
}

/** What a vendor answered to a line. */
export interface Told {
  readonly place: number
  readonly status: number
  /** As the vendor wrote it. */
  readonly body: string
}

/** Null for a line that was not run, and for what is no line of ours. */
export function answerIn(text: string): Told | null {
  try {
    const line = readJsonObject(text)
    const place = placeNamed(line.value['custom_id'])
    const response = within(line, 'response')
    const body = response && within(response, 'body')
    const status = response?.value['status_code']
    if (place === null || !body || typeof status !== 'number') return null
    return { place, status, body: body.text }
  } catch {
    return null
  }
}

/** An object within another one, as it was written. */
export function within({ text, members }: JsonObject, name: string): JsonObject | null {
  const member = members.find(({ key }) => key === name)
  const inner = member && text.slice(member.valueStart, member.end)
  return inner?.startsWith('{') ? readJsonObject(inner) : null
}

export function rangesOf(places: readonly number[]): VendorBatch['lines'] {
  const ranges: [number, number][] = []
  for (const place of places) {
    const last = ranges.at(-1)
    if (last && last[1] === place) last[1] = place + 1
    else ranges.push([place, place + 1])
  }
  return ranges
}

export function placesOf({ lines }: VendorBatch): number[] {
  return lines.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at))
}

/** The lines of an answer, one by one. */
export async function* linesIn(
  exchange: Pick<Exchange, 'read' | 'cancel'>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let begun = ''
  try {
    for (let bytes = await exchange.read(); bytes !== null; bytes = await exchange.read()) {
      const lines = (begun + decoder.decode(bytes, { stream: true })).split('\n')
      begun = lines.pop() ?? ''
      yield* lines.filter((line) => line.trim() !== '')
    }
    if (begun.trim() !== '') yield begun
  } finally {
    exchange.cancel()
  }
}
