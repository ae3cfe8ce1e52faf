import { invalidRequest } from '../core/errors.ts'
import type { Asked } from './asked.ts'
import type {
  ConfigAppliedJson,
  ConfigCheckJson,
  ConfigJson,
  SettingsJson,
} from './contract/settings.ts'

/** A tenth of what a file may have: it is read on the thread that serves calls. */
const textMax = 100_000

export function showConfig({ control }: Asked): ConfigJson {
  return control.config.look()
}

export function showSettings({ control }: Asked): SettingsJson {
  return control.config.settings()
}

/** @throws invalid_request */
export async function checkConfig({ control, readBody }: Asked): Promise<ConfigCheckJson> {
  const { text } = textOf((await readBody()).value)
  return sentenced(() => control.config.check(text))
}

/** @throws invalid_request */
export async function applyConfig({ control, readBody }: Asked): Promise<ConfigAppliedJson> {
  const { text, hash } = textOf((await readBody()).value)
  if (hash === null)
    throw invalidRequest("'hash' has to be that of the file as it was read.").at('hash')
  return sentenced(() => control.config.apply(text, hash))
}

function textOf({ text, hash }: Readonly<Record<string, unknown>>): {
  readonly text: string
  readonly hash: string | null
} {
  if (typeof text !== 'string')
    throw invalidRequest("'text' has to be the whole configuration.").at('text')
  if (text.length > textMax)
    throw invalidRequest(
      `A configuration of more than ${textMax / 1_000} kB is edited in its file, not through /api.`,
    ).at('text')
  return { text, hash: typeof hash === 'string' ? hash : null }
}

async function sentenced<Answer>(work: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
}
