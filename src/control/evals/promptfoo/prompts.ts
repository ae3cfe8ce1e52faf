import type { Extra } from '../../../core/extra.ts'
import type { SuiteFiles } from '../options.ts'
import type { Findings } from '../reading/findings.ts'
import { type Prompt, readMessages } from '../reading/messages.ts'
import { Spot } from '../reading/spot.ts'

export interface NamedPrompt {
  readonly name: string
  readonly prompt: Prompt
}

/** What stands under `prompts`: texts, files of them, or objects with a label. */
export function readPrompts(
  spot: Spot | undefined,
  files: SuiteFiles,
  findings: Findings,
): readonly NamedPrompt[] {
  if (spot === undefined) return []
  const items = Array.isArray(spot.value) ? spot.items : [spot]
  const found = items.flatMap((item) => {
    const label = item.get('label')?.value
    const source = item.isMap ? (item.get('raw') ?? item.get('id')) : item
    if (source === undefined || typeof source.value !== 'string') {
      findings.wrong(item.place, 'A prompt is text, or a file as file://prompt.txt.')
      return []
    }
    const named = typeof label === 'string' ? label : null
    return promptsOf(source, source.value, files, findings).map((prompt) => ({ named, prompt }))
  })
  return found.map(({ named, prompt }, index) => ({ name: named ?? `prompt ${index + 1}`, prompt }))
}

function promptsOf(
  spot: Spot,
  text: string,
  files: SuiteFiles,
  findings: Findings,
): readonly Prompt[] {
  // A path may stand without its sign, when it is one word with an ending that files have.
  const path =
    /^file:\/\/(.+)$/.exec(text)?.[1] ?? /^[^\s{}]+\.(?:txt|json|jsonl|ya?ml|md)$/.exec(text)?.[0]
  if (path === undefined) return listOf(promptOf(text, spot, findings))
  if (/[*?]/.test(path) || !/\.(?:txt|json|jsonl|ya?ml|md)$/i.test(path)) {
    findings.wrong(
      spot.place,
      `${path} is no file of prompts that is read here: there are .txt, .md, .json, .jsonl and .yaml, each by its name. Prompts made by code are not run.`,
    )
    return []
  }
  let content: string
  try {
    content = files.read(path)
  } catch (error) {
    findings.wrong(spot.place, (error as Error).message)
    return []
  }
  const pieces = /\.txt$/i.test(path)
    ? content.split(/^---\s*$/m)
    : /\.jsonl$/i.test(path)
      ? content.split('\n')
      : [content]
  return pieces
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')
    .flatMap((piece) => listOf(promptOf(piece, spot, findings)))
}

/** A conversation, where the text is one in JSON or YAML, else words for the user. */
function promptOf(text: string, spot: Spot, findings: Findings): Prompt | null {
  if (/^\s*(?:\[|-\s)/.test(text)) {
    const value = parsed(text)
    const isChat =
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((item: Extra | null) => typeof item?.['role'] === 'string')
    if (isChat) return readMessages(Spot.at(value, spot.place), findings)
  }
  return { kind: 'text', text }
}

function parsed(text: string): unknown {
  try {
    return Spot.parse('prompt', text).value
  } catch {
    return null
  }
}

function listOf<Item>(item: Item | null): readonly Item[] {
  return item === null ? [] : [item]
}
