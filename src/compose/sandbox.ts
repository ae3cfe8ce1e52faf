import { fileURLToPath } from 'node:url'
import type { Subprocess } from 'bun'
import { type Code, type Sandbox, SandboxFault } from '../control/evals/grader.ts'
import type { FromGrade, GradeOrder } from '../threads/grade.ts'
import { threadFile } from './thread-file.ts'

/** Long beside the microseconds that an expression takes which is not of the evil kind. */
const matchMs = 1_000
/** To start, and to read the user's code for the first time. */
const startMs = 10_000

type Order = GradeOrder extends infer One ? (One extends unknown ? Omit<One, 'id'> : never) : never

/**
 * A process for code that may never end, one order at a time, ended by SIGKILL at its time limit. A thread
 * would not do: one that is within a regular expression goes on after `terminate()`, and keeps the
 * whole process from ending (measured on Bun 1.4.5).
 */
export class ProcessSandbox implements Sandbox {
  readonly #env: Readonly<Record<string, string>>
  #child: Subprocess | null = null
  #ready: Promise<void> = Promise.resolve()
  #turn: Promise<unknown> = Promise.resolve()
  #waiting: { id: number; resolve: (message: FromGrade | null) => void } | null = null
  #lastId = 0

  /** @param env  of which only what a program needs to run is passed on: no keys */
  constructor(env: Readonly<Record<string, string | undefined>>) {
    const names = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG']
    this.#env = Object.fromEntries(
      names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    )
  }

  run({ path, name, arguments: given, timeoutMs }: Code): Promise<unknown> {
    return this.#order({ kind: 'run', path, name, arguments: given }, timeoutMs)
  }

  async matches(source: string, flags: string, texts: readonly string[]): Promise<boolean[]> {
    return (await this.#order({ kind: 'matches', source, flags, texts }, matchMs)) as boolean[]
  }

  close(): void {
    this.#child?.kill('SIGKILL')
    this.#child = null
    this.#waiting?.resolve(null)
  }

  #order(order: Order, timeoutMs: number): Promise<unknown> {
    const done = this.#turn.then(() => this.#now(order, timeoutMs))
    this.#turn = done.catch(() => null)
    return done
  }

  async #now(order: Order, timeoutMs: number): Promise<unknown> {
    const child = this.#child ?? this.#start()
    await this.#ready
    const what = order.kind === 'run' ? 'The code' : 'The regular expression'
    if (this.#child !== child) throw new SandboxFault(`${what} ended its process.`)
    this.#lastId += 1
    const id = this.#lastId
    const { promise, resolve } = Promise.withResolvers<FromGrade | null>()
    this.#waiting = { id, resolve }
    let late = false
    const timer = setTimeout(() => {
      late = true
      this.close()
      resolve(null)
    }, timeoutMs)
    child.send({ ...order, id })
    const message = await promise
    clearTimeout(timer)
    this.#waiting = null
    if (late) throw new SandboxFault(`${what} took longer than ${timeoutMs} ms and was ended.`)
    if (message === null) throw new SandboxFault(`${what} ended its process.`)
    if ('error' in message) throw new SandboxFault(`${what} failed: ${message.error}`)
    return message.value
  }

  #start(): Subprocess {
    const { promise, resolve } = Promise.withResolvers<void>()
    const child = Bun.spawn(
      [process.execPath, '--no-env-file', fileURLToPath(threadFile('grade'))],
      {
        env: { ...this.#env, BUN_BE_BUN: '1' },
        stdio: ['ignore', 'ignore', 'ignore'],
        serialization: 'json',
        ipc: (message: FromGrade | 'ready') => {
          if (message === 'ready') resolve()
          else if (this.#waiting?.id === message.id) this.#waiting.resolve(message)
        },
        onExit: () => {
          resolve()
          if (this.#child !== child) return
          this.#child = null
          this.#waiting?.resolve(null)
        },
      },
    )
    this.#child = child
    this.#ready = Promise.race([promise, Bun.sleep(startMs)])
    return child
  }
}
