import { join } from 'node:path'
import type { Kind, Kinds, Told } from '../load/protocol.ts'
import { cpuUs } from './proc.ts'
import { start } from './processes.ts'
import { loadCore } from './cores.ts'

const script = join(import.meta.dir, '..', 'generator.ts')

export interface Watch {
  readonly onBegin?: () => void
  readonly onEnd?: () => void
}

/** Runs a generator to its end. @throws Error when it fails */
export async function load<Each extends Kind>(
  kind: Each,
  options: Kinds[Each]['options'],
  { onBegin, onEnd }: Watch = {},
): Promise<Kinds[Each]['result']> {
  const order = JSON.stringify({ kind, ...options })
  const running = start([process.execPath, script, order], { core: loadCore, stdout: 'pipe' })
  let result: Kinds[Each]['result'] | null = null
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of running.child.stdout as ReadableStream<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      const told = JSON.parse(line) as Told
      if (told.at === 'done') result = told.result as Kinds[Each]['result']
      else if (told.at === 'begin') onBegin?.()
      else onEnd?.()
    }
  }
  await running.end()
  if (result === null) throw new Error(`The load generator failed at: ${order.slice(0, 300)}`)
  return result
}

/** CPU of a process between the marks of a generator, in microseconds. */
export class CpuWatch implements Watch {
  readonly #pid: number
  #before = Number.NaN
  us = Number.NaN

  constructor(pid: number) {
    this.#pid = pid
  }

  readonly onBegin = (): void => {
    this.#before = cpuUs(this.#pid)
  }

  readonly onEnd = (): void => {
    this.us = cpuUs(this.#pid) - this.#before
  }
}
