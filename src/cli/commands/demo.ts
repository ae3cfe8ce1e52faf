import { resolve as absolute } from 'node:path'
import { prepareDemo } from '../../compose/demo/prepare.ts'
import { DemoUpstream } from '../../compose/demo/upstream.ts'
import { type Command, CommandError, type Context, UsageError } from '../command.ts'
import { portOf } from '../config-path.ts'
import { grouped } from '../print.ts'
import { serveUntilStopped } from './serve.ts'

const usualSeed = 7

export const demo: Command = {
  name: 'demo',
  summary: 'A gateway with 30 days of simulated traffic of a small company, to look around in',
  usage: '[FOLDER]',
  help: 'The folder (./freehold-demo) gets a configuration and a store of its own. Its customers, calls and money are made up and marked as simulated; prices are those of the catalog. Calls that are sent to it are answered by the simulator. The next start takes the same store, and adds the time since.',
  options: {
    port: {
      value: 'PORT',
      short: 'p',
      says: 'before PORT in the environment and server.port (4000)',
    },
    seed: { value: 'N', says: `another company of the same kind; ${usualSeed} unless said` },
    anew: { says: 'makes the store anew, also where there is one' },
  },
  positionals: { least: 0, most: 1 },
  run: async (context) => {
    const { arguments: named, flag, print, json, signal } = context
    const folder = absolute(named[0] ?? 'freehold-demo')
    const port = portOf(context)
    const seed = seedOf(context)
    const began = performance.now()
    const progress = new Line(context)
    let prepared: Awaited<ReturnType<typeof prepareDemo>>
    try {
      prepared = await prepareDemo({
        folder,
        seed,
        anew: flag('anew'),
        onProgress: (share, attempts) => progress.draw(share, attempts),
        signal,
      })
    } catch (error) {
      throw error instanceof RangeError ? new CommandError(error.message) : error
    } finally {
      progress.end()
    }
    const { configPath, simulated, attempts, isNew } = prepared
    if (!json) {
      const took = ((performance.now() - began) / 1_000).toFixed(1)
      print.out(
        isNew
          ? `Simulated: ${grouped(attempts)} attempts since ${simulated.since.slice(0, 10)}, made in ${took} s. Nothing of it has happened.`
          : `Simulated: the store of before, with ${grouped(attempts)} attempts since the last start.`,
      )
    }
    return serveUntilStopped(context, {
      configPath,
      env: {},
      upstream: new DemoUpstream(),
      ...(port === undefined ? {} : { port }),
    })
  },
}

/** @throws UsageError */
function seedOf({ option }: Context): number {
  const text = option('seed')
  if (text === undefined) return usualSeed
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`--seed has to be a whole number, not ${JSON.stringify(text)}.`)
}

/** One line that is written over, on a terminal only. */
class Line {
  readonly #context: Context
  #drawn = 0

  constructor(context: Context) {
    this.#context = context
  }

  draw(share: number, attempts: number): void {
    const { json, print } = this.#context
    const now = performance.now()
    if (json || print.width === null || now - this.#drawn < 100) return
    this.#drawn = now
    const text = `Simulating 30 days: ${Math.round(share * 100)} %, ${grouped(attempts)} attempts`
    process.stderr.write(`\r\u001b[K${text.slice(0, print.width - 1)}`)
  }

  end(): void {
    if (this.#drawn > 0) process.stderr.write('\r\u001b[K')
  }
}
