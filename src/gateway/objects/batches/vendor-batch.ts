import { providerFailed } from '../../../core/errors.ts'
import type { Secret } from '../../../core/secret.ts'
import type { Parts } from '../../pipeline/parts.ts'
import type { LiveProvider } from '../../pipeline/snapshot.ts'
import { askForJson, askProvider, type By } from '../ask-provider.ts'
import { writeForm } from '../form.ts'

/**
 * A vendor's own batches, as the gateway uses them for lines of its own: in OpenAI's wire format, which all that
 * offer them speak.
 * @see https://platform.openai.com/docs/api-reference/batch (read 2026-11-22)
 */

export interface VendorPlace {
  readonly live: LiveProvider
  readonly credential: Secret | null
}

type Wire = Readonly<Record<string, unknown>>

/** What every vendor of them offers. */
const window = '24h'
/** The key in a batch's metadata by which it is found again. */
const markName = 'freehold'

/** @returns the vendor's id @throws what the provider said */
export async function submit(
  place: VendorPlace,
  { path, mark, lines }: { readonly path: string; readonly mark: string; readonly lines: string },
  by: By,
  parts: Parts,
): Promise<string> {
  const { words = {}, uploadPath = '/files', nameField } = place.live.facts.objects?.files ?? {}
  const name = `${mark}.jsonl`
  const form = writeForm([
    { field: 'purpose', bytes: words['batch'] ?? 'batch' },
    ...(nameField === undefined ? [] : [{ field: nameField, bytes: name }]),
    { field: 'file', bytes: lines, file: { name, mediaType: 'application/jsonl' } },
  ])
  const file = await askForJson(
    { ...place, method: 'POST', path: uploadPath, body: form },
    by,
    parts,
  )
  const body = {
    input_file_id: idIn(file, place),
    endpoint: path,
    completion_window: window,
    metadata: { [markName]: mark },
  }
  const bytes = JSON.stringify(body)
  const asked = { mediaType: 'application/json', bytes }
  const batch = await askForJson(
    { ...place, method: 'POST', path: '/batches', body: asked },
    by,
    parts,
  )
  return idIn(batch, place)
}

/** One that was given away while nobody could note it; null: the vendor does not have it. */
export async function findMarked(
  place: VendorPlace,
  mark: string,
  by: By,
  parts: Parts,
): Promise<string | null> {
  const list = await askForJson({ ...place, method: 'GET', path: '/batches?limit=100' }, by, parts)
  const data = Array.isArray(list['data']) ? (list['data'] as Wire[]) : []
  const found = data.find(({ metadata }) => (metadata as Wire | null)?.[markName] === mark)
  return found === undefined ? null : idIn(found, place)
}

export interface Looked {
  readonly isOver: boolean
  readonly input: string | null
  /** Files of its answers, and of lines that failed. */
  readonly answers: readonly string[]
}

const over = new Set(['completed', 'failed', 'expired', 'cancelled'])

export async function look(place: VendorPlace, id: string, by: By, parts: Parts): Promise<Looked> {
  const path = `/batches/${encodeURIComponent(id)}`
  const wire = await askForJson({ ...place, method: 'GET', path }, by, parts)
  const files = [wire['output_file_id'], wire['error_file_id']]
  return {
    isOver: over.has(String(wire['status']).toLowerCase()),
    input: fileId(wire['input_file_id']),
    answers: files.map(fileId).filter((file) => file !== null),
  }
}

export async function cancel(place: VendorPlace, id: string, by: By, parts: Parts): Promise<void> {
  const path = `/batches/${encodeURIComponent(id)}/cancel`
  await askForJson({ ...place, method: 'POST', path }, by, parts)
}

/** The lines of a file, one by one. */
export async function* linesAt(
  place: VendorPlace,
  file: string,
  by: By,
  parts: Parts,
): AsyncGenerator<string> {
  const path = `/files/${encodeURIComponent(file)}/content`
  const exchange = await askProvider({ ...place, method: 'GET', path }, by, parts)
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

/** What people wrote lies at the vendor no longer than it has to. */
export async function forget(
  place: VendorPlace,
  files: readonly (string | null)[],
  by: By,
  parts: Parts,
): Promise<void> {
  for (const file of files) {
    if (file === null) continue
    const path = `/files/${encodeURIComponent(file)}`
    await askForJson({ ...place, method: 'DELETE', path }, by, parts)
  }
}

function fileId(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function idIn({ id }: Wire, { live }: VendorPlace): string {
  if (typeof id === 'string' && id !== '') return id
  throw providerFailed(live.id, 'it took the batch and gave it no id')
}
