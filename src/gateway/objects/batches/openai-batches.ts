import { GatewayError, providerFailed } from '../../../core/errors.ts'
import { askForJson, askProvider, type ProviderAsk } from '../ask-provider.ts'
import { writeForm } from '../form.ts'
import type { Ended, Load, VendorBatches, VendorPlace } from './vendor-batches.ts'
import { answerIn, lineNamed, linesIn, type Told } from './vendor-told.ts'

/**
 * Batches of files, in OpenAI's wire format.
 * @see https://platform.openai.com/docs/api-reference/batch (read 2026-11-22)
 */
export const openaiBatches: VendorBatches = {
  async submit(place, { path, mark, lines }: Load) {
    const { words = {}, uploadPath = '/files', nameField } = place.live.facts.objects?.files ?? {}
    const name = `${mark}.jsonl`
    const url = JSON.stringify(path)
    const text = lines
      .map(
        (line) =>
          `{"custom_id":"${lineNamed(line.place)}","method":"POST","url":${url},"body":${line.body}}\n`,
      )
      .join('')
    const form = writeForm([
      { field: 'purpose', bytes: words['batch'] ?? 'batch' },
      ...(nameField === undefined ? [] : [{ field: nameField, bytes: name }]),
      { field: 'file', bytes: text, file: { name, mediaType: 'application/jsonl' } },
    ])
    const file = idIn(await ask(place, { method: 'POST', path: uploadPath, body: form }), place)
    const body = {
      input_file_id: file,
      endpoint: path,
      completion_window: window,
      metadata: { [markName]: mark },
    }
    const asked = { mediaType: 'application/json', bytes: JSON.stringify(body) }
    try {
      return idIn(await ask(place, { method: 'POST', path: '/batches', body: asked }), place)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      // Who refuses it needs the requests no longer; who said nothing, or nothing good, may have taken it.
      const isRefused = error.status < 500
      if (isRefused) await forget(place, file).catch(() => {})
      const taken = isRefused ? null : await openaiBatches.find(place, mark).catch(() => null)
      if (taken === null) throw error
      return taken
    }
  },

  async find(place, mark) {
    const list = await ask(place, { method: 'GET', path: '/batches?limit=100' })
    const data = Array.isArray(list['data']) ? (list['data'] as Wire[]) : []
    const found = data.find(({ metadata }) => (metadata as Wire | null)?.[markName] === mark)
    return found === undefined ? null : idIn(found, place)
  },

  async look(place, id) {
    const wire = await ask(place, { method: 'GET', path: `/batches/${encodeURIComponent(id)}` })
    return over.has(String(wire['status']).toLowerCase()) ? endedAs(wire, place) : null
  },

  async cancel(place, id) {
    await ask(place, { method: 'POST', path: `/batches/${encodeURIComponent(id)}/cancel` })
  },
}

type Wire = Readonly<Record<string, unknown>>

/** What every vendor of them offers. */
const window = '24h'
/** The key in a batch's metadata by which it is found again. */
const markName = 'freehold'
const over = new Set(['completed', 'failed', 'expired', 'cancelled'])

function endedAs(wire: Wire, place: VendorPlace): Ended {
  const answers = [wire['output_file_id'], wire['error_file_id']].filter(isId)
  return {
    async *told(): AsyncGenerator<Told> {
      const { live, credential, by, parts } = place
      for (const file of answers) {
        const path = `/files/${encodeURIComponent(file)}/content`
        const asked: ProviderAsk = { live, credential, method: 'GET', path }
        const exchange = await askProvider(asked, by, parts)
        for await (const line of linesIn(exchange)) {
          const told = answerIn(line)
          if (told !== null) yield told
        }
      }
    },
    async forget() {
      for (const file of [wire['input_file_id'], ...answers].filter(isId)) await forget(place, file)
    },
  }
}

async function forget(place: VendorPlace, file: string): Promise<void> {
  await ask(place, { method: 'DELETE', path: `/files/${encodeURIComponent(file)}` })
}

function ask(
  { live, credential, by, parts }: VendorPlace,
  asked: Omit<ProviderAsk, 'live' | 'credential'>,
): Promise<Wire> {
  return askForJson({ live, credential, ...asked }, by, parts)
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function idIn({ id }: Wire, { live }: VendorPlace): string {
  if (isId(id)) return id
  throw providerFailed(live.id, 'it took the batch and gave it no id')
}
