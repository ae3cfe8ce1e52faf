import { providerFailed } from '../../../core/errors.ts'
import { readJsonObject } from '../../../core/json.ts'
import { askForJson, askProvider, type ProviderAsk } from '../ask-provider.ts'
import type { Ended, VendorBatches, VendorPlace } from './vendor-batches.ts'
import { lineNamed, linesIn, placeNamed, type Told, within } from './vendor-told.ts'

/**
 * Batches of messages, in Anthropic's wire format: requests stand in the call, and results are one look away.
 * @see https://platform.claude.com/docs/en/api/messages/batches (read 2026-11-22)
 */
export const messageBatches: VendorBatches = {
  async submit(place, { lines }) {
    const requests = lines.map(
      (line) => `{"custom_id":"${lineNamed(line.place)}","params":${line.body}}`,
    )
    const bytes = `{"requests":[${requests.join(',')}]}`
    const body = { mediaType: 'application/json', bytes }
    const { id } = await ask(place, { method: 'POST', path: root, body })
    if (typeof id === 'string' && id !== '') return id
    throw providerFailed(place.live.id, 'it took the batch and gave it no id')
  },

  // A batch has nothing by which it could be told from another one.
  find: () => Promise.resolve(null),

  async look(place, id) {
    const wire = await ask(place, { method: 'GET', path: at(id) })
    return wire['processing_status'] === 'ended' ? endedAs(id, place) : null
  },

  async cancel(place, id) {
    await ask(place, { method: 'POST', path: `${at(id)}/cancel` })
  },
}

const root = '/messages/batches'

function at(id: string): string {
  return `${root}/${encodeURIComponent(id)}`
}

function endedAs(id: string, place: VendorPlace): Ended {
  return {
    async *told(): AsyncGenerator<Told> {
      const { live, credential, by, parts } = place
      const asked: ProviderAsk = { live, credential, method: 'GET', path: `${at(id)}/results` }
      const exchange = await askProvider(asked, by, parts)
      for await (const line of linesIn(exchange)) {
        const told = resultIn(line)
        if (told !== null) yield told
      }
    },
    async forget() {
      await ask(place, { method: 'DELETE', path: at(id) })
    },
  }
}

/** Null for a request that was not run, because the batch was cancelled or took too long. */
function resultIn(text: string): Told | null {
  try {
    const line = readJsonObject(text)
    const place = placeNamed(line.value['custom_id'])
    const result = within(line, 'result')
    const type = result?.value['type']
    const body = result && within(result, type === 'succeeded' ? 'message' : 'error')
    if (place === null || !body || (type !== 'succeeded' && type !== 'errored')) return null
    if (type === 'succeeded') return { place, status: 200, body: body.text }
    const kind = (body.value['error'] as { type?: unknown } | null)?.type
    return { place, status: kind === 'invalid_request_error' ? 400 : 500, body: body.text }
  } catch {
    return null
  }
}

function ask(
  { live, credential, by, parts }: VendorPlace,
  asked: Omit<ProviderAsk, 'live' | 'credential'>,
): Promise<Readonly<Record<string, unknown>>> {
  return askForJson({ live, credential, ...asked }, by, parts)
}
