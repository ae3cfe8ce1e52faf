import { invalidRequest } from '../../core/errors.ts'
import { editJson } from '../../core/json.ts'
import type { LiveProvider } from '../pipeline/snapshot.ts'
import { isLineFault, readBatchLine } from './batch-line.ts'
import { hereName } from './choose.ts'

/** After so many characters others have their turn: a few milliseconds of reading. */
const portion = 1_000_000

/**
 * A batch's file in a provider's own words: 'openai/gpt-5.2' is called 'gpt-5.2' there, and paths may have other names.
 * @throws invalid_request for a line that this provider cannot run, or that nobody could read
 */
export async function linesFor(bytes: Uint8Array, live: LiveProvider): Promise<Uint8Array> {
  const paths = live.facts.objects?.batches?.paths ?? {}
  const out: string[] = []
  let sincePause = 0
  for (const [index, text] of textOf(bytes).split('\n').entries()) {
    if (text.trim() === '') continue
    out.push(lineFor(text, index + 1, live, paths))
    sincePause += text.length
    if (sincePause < portion) continue
    sincePause = 0
    await othersTurn()
  }
  return Buffer.from(`${out.join('\n')}\n`)
}

function lineFor(
  text: string,
  number: number,
  live: LiveProvider,
  paths: Readonly<Record<string, string>>,
): string {
  const line = readBatchLine(text)
  if (isLineFault(line)) throw invalidRequest(`Line ${number} of the file: ${line.message}`)
  const path = Object.hasOwn(paths, line.url) ? paths[line.url]! : null
  if (path === null && !Object.values(paths).includes(line.url)) {
    throw invalidRequest(
      `Line ${number} of the file asks ${JSON.stringify(line.url.slice(0, 60))}, and a batch at ${live.id} takes ${Object.keys(paths).join(', ')}. ${otherWay}`,
    )
  }
  const model = String(line.body.value['model'])
  const prefix = `${live.id}/`
  if (!model.startsWith(prefix)) {
    throw invalidRequest(
      `Line ${number} of the file names the model ${JSON.stringify(model.slice(0, 80))}, which is no model of ${live.id}: its name would begin with ${prefix}. ${otherWay}`,
    )
  }
  const body = editJson(line.body, new Map([['model', JSON.stringify(model.slice(prefix.length))]]))
  const edits = new Map([['body', body]])
  if (path !== null && path !== line.url) edits.set('url', JSON.stringify(path))
  return editJson(line.json, edits)
}

const otherWay = `To let the gateway run the batch, with tasks and any provider, send "x-freehold-provider: ${hereName}".`

/** @throws invalid_request */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalidRequest('The file is not valid UTF-8, and a batch is lines of JSON.')
  }
}

function othersTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setImmediate(resolve)
  return promise
}
