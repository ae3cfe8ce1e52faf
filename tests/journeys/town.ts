import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts'

/** For stories told from outside: a freehold of its own process, and simulated vendors beside it. */
export interface Town {
  readonly url: string
  /** Of the gateway's process. */
  readonly pid: number
  readonly folder: string
  /** The first admin's key. */
  readonly adminKey: string
  readonly vendors: Readonly<Record<string, Simulator>>
  /** GET from /api with the admin's key. */
  api<Answer>(path: string, method?: string, body?: unknown): Promise<Answer>
  /** The row or rows of a call, once it is on the ledger. */
  call(id: string): Promise<CallFacts>
  /** Writes the configuration anew; the gateway reads it by itself. */
  configure(yaml: string): void
  /** What the gateway wrote to stderr so far. */
  log(): string
  /** Ends the gateway by a signal, and waits for its end. */
  end(signal?: NodeJS.Signals): Promise<number>
  /** Starts it again in the same folder. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface CallFacts {
  readonly id: string
  readonly ok: boolean
  readonly cost_usd: string | null
  readonly model: string | null
  readonly attempts: readonly (Readonly<Record<string, unknown>> & {
    readonly end_state: string
    readonly role: string
    readonly provider: string | null
    readonly tokens: Readonly<Record<string, number>> | null
    readonly cost_usd: string | null
  })[]
  readonly request: unknown
  readonly answers: Readonly<Record<string, unknown>>
}

export interface TownOptions {
  /** The configuration; `{{acme}}` stands for the address of the vendor acme. */
  readonly config: string
  readonly vendors?: Readonly<Record<string, SimulatorOptions>>
  readonly env?: Readonly<Record<string, string>>
}

const root = join(import.meta.dir, '..', '..')

export async function startTown({ config, vendors = {}, env = {} }: TownOptions): Promise<Town> {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-town-'))
  const configPath = join(folder, 'freehold.yaml')
  const simulators: Record<string, Simulator> = {}
  for (const [name, options] of Object.entries(vendors)) {
    simulators[name] = startSimulator({ speed: 0, seed: 7, waitMs: 50, ...options })
  }
  const write = (yaml: string): void => {
    const addressed = Object.entries(simulators).reduce(
      (text, [name, { url }]) => text.replaceAll(`{{${name}}}`, url),
      yaml,
    )
    writeFileSync(configPath, addressed)
  }
  write(config)

  let child = await spawn(configPath, folder, env)
  const adminKey = readFileSync(join(folder, 'data', 'admin.key'), 'utf8').trim()
  const headers = { authorization: `Bearer ${adminKey}` }

  const town: Town = {
    get url() {
      return child.url
    },
    get pid() {
      return child.pid
    },
    folder,
    adminKey,
    vendors: simulators,
    api: async <Answer>(path: string, method = 'GET', body?: unknown) => {
      const response = await fetch(child.url + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
      return (await response.json()) as Answer
    },
    call: async (id) => {
      for (let tries = 0; tries < 100; tries += 1) {
        const response = await fetch(`${child.url}/api/calls/${id}`, { headers })
        if (response.ok) return (await response.json()) as CallFacts
        await Bun.sleep(50)
      }
      throw new Error(`call ${id} never came to the ledger`)
    },
    configure: write,
    log: () => child.log(),
    end: (signal = 'SIGTERM') => child.end(signal),
    restart: async () => {
      child = await spawn(configPath, folder, env)
    },
    close: async () => {
      await child.end('SIGTERM')
      await Promise.all(Object.values(simulators).map((simulator) => simulator.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return town
}

interface Child {
  readonly url: string
  readonly pid: number
  log(): string
  end(signal: NodeJS.Signals): Promise<number>
}

const startMs = 20_000

async function spawn(
  configPath: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Child> {
  const command = [
    'sh',
    join(root, 'bin', 'freehold'),
    'serve',
    '--json',
    '--port',
    '0',
    '--config',
    configPath,
  ]
  const { PATH = '', HOME = '' } = process.env
  const child = Bun.spawn(command, {
    cwd: folder,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const decoder = new TextDecoder()
  const reading = (async () => {
    for await (const chunk of child.stderr) log += decoder.decode(chunk, { stream: true })
  })()
  const end = async (signal: NodeJS.Signals): Promise<number> => {
    child.kill(signal)
    const code = await child.exited
    await reading
    return code
  }
  const first = await Promise.race([firstLine(child.stdout), child.exited, Bun.sleep(startMs)])
  if (typeof first !== 'string') {
    await end('SIGKILL')
    throw new Error(`freehold did not start: ${log}`)
  }
  return { url: (JSON.parse(first) as { url: string }).url, pid: child.pid, log: () => log, end }
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'))
  }
  return undefined
}
