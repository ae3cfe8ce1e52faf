import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A process that a bench started. */
export interface Running {
  readonly pid: number
  /** Ends it by its id, and waits for its end. */
  end(): Promise<void>
}

export interface StartOptions {
  /** The core that it is kept on; null lets it run on all. */
  readonly core: number | null
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdout?: 'pipe' | 'ignore'
  readonly stdin?: 'pipe' | 'ignore'
  readonly stderr?: 'inherit' | 'ignore' | 'pipe'
}

/** How long a process may take to end when it is asked to, before it is killed. */
const endMs = 5_000

/** Every process and folder of this run, so that Ctrl-C leaves nothing behind. */
const alive = new Set<Running>()
const folders = new Set<string>()
let interrupted = false

/** Without taskset nothing is pinned, and figures for one core are figures for all. */
export const pins = Bun.which('taskset') !== null

export type Spawned = Running & {
  readonly child: Bun.Subprocess<
    'pipe' | 'ignore',
    'pipe' | 'ignore',
    'inherit' | 'ignore' | 'pipe'
  >
}

export function start(command: readonly string[], options: StartOptions): Spawned {
  if (interrupted) throw new Error('Interrupted: nothing more is started.')
  const { core, cwd, env, stdout = 'ignore', stdin = 'ignore', stderr = 'inherit' } = options
  const pinned = core !== null && pins ? ['taskset', '-c', String(core), ...command] : [...command]
  const child = Bun.spawn(pinned, {
    stdio: [stdin, stdout, stderr],
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
  })
  const running: Spawned = {
    child,
    pid: child.pid,
    end: async () => {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), endMs)
      await child.exited
      clearTimeout(late)
      alive.delete(running)
    },
  }
  alive.add(running)
  return running
}

/** The first line that a process prints. @throws Error when it ends without one */
export async function firstLine({ child }: Spawned): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  const reader = (child.stdout as ReadableStream<Uint8Array>).getReader()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`process ${child.pid} ended and said nothing: ${text}`)
    text += decoder.decode(value, { stream: true })
    if (!text.includes('\n')) continue
    reader.releaseLock()
    return text.slice(0, text.indexOf('\n'))
  }
}

export interface Scratch {
  readonly folder: string
  file(name: string, text: string): string
  /** A folder in it. */
  sub(name: string): string
  remove(): void
}

export function scratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-bench-'))
  folders.add(folder)
  return {
    folder,
    file: (name, text) => {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    },
    sub: (name) => {
      const path = join(folder, name)
      mkdirSync(path, { recursive: true })
      return path
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
      folders.delete(folder)
    },
  }
}

export async function endAll(): Promise<void> {
  await Promise.all([...alive].map((each) => each.end()))
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders.clear()
}

/** Ctrl-C and SIGTERM end every process of the run, by its id, and then this one. */
export function endAllWhenInterrupted(): void {
  const end = (): void => {
    if (interrupted) return
    interrupted = true
    process.stderr.write('\nending what was started ...\n')
    void endAll().finally(() => process.exit(130))
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}

/** Nothing more is to be begun. */
export function isInterrupted(): boolean {
  return interrupted
}

export async function freePort(): Promise<number> {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = server
  server.stop(true)
  return port
}
