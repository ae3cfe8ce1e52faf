import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Scratch, start } from '../harness/processes.ts'
import { type Inside, mark } from './inside.ts'

/** A gateway of its own process that can be looked into. */
export interface WatchedGateway {
  readonly url: string
  readonly pid: number
  readonly adminKey: string
  /** Collects all garbage of its main thread, and says what is left. */
  look(): Promise<Inside>
  /** What is in its main thread, garbage and all. */
  count(): Promise<Inside>
  /** Its log without the looks; the last lines alone. */
  log(): readonly string[]
  end(): Promise<void>
}

const script = join(import.meta.dir, '..', 'watched.ts')
const logMax = 200
const lookMs = 20_000

export async function startWatched(place: Scratch, config: string): Promise<WatchedGateway> {
  const path = place.file('freehold.yaml', config)
  const command = [process.execPath, '--no-env-file', script, 'serve', '--json']
  const running = start([...command, '--port', '0', '--config', path], {
    core: null,
    cwd: place.folder,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const { child } = running
  const [stdout, stderr] = [child.stdout, child.stderr] as ReadableStream<Uint8Array>[]
  const stdin = child.stdin as Bun.FileSink
  const log: string[] = []
  let looked: PromiseWithResolvers<Inside> | null = null
  const reading = eachLine(stderr!, (line) => {
    if (line.startsWith(mark)) looked?.resolve(JSON.parse(line.slice(mark.length)) as Inside)
    else {
      log.push(line)
      if (log.length > logMax) log.shift()
    }
  })
  const ready = Promise.withResolvers<string>()
  void eachLine(stdout!, (line) => ready.resolve(line))
  void child.exited.then((code) =>
    ready.reject(new Error(`freehold ended with ${code}: ${log.join('\n')}`)),
  )
  const { url } = JSON.parse(await ready.promise) as { url: string }
  const ask = async (what: 'look' | 'count'): Promise<Inside> => {
    looked = Promise.withResolvers()
    stdin.write(`${what}\n`)
    await stdin.flush()
    const late = setTimeout(
      () => looked?.reject(new Error('the gateway did not say what is in it')),
      lookMs,
    )
    return looked.promise.finally(() => clearTimeout(late))
  }
  return {
    url,
    pid: child.pid,
    adminKey: readFileSync(join(place.folder, 'data', 'admin.key'), 'utf8').trim(),
    look: () => ask('look'),
    count: () => ask('count'),
    log: () => log,
    end: async () => {
      await running.end()
      await reading
    },
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
}
