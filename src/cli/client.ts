import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Composed } from '../compose/offline.ts'
import { GatewayError } from '../core/errors.ts'
import type { StatusJson } from '../server/contract/status.ts'
import { readAddress } from '../store/address.ts'
import { CommandError, type Context, UsageError } from './command.ts'
import { configPathOf } from './config-path.ts'
import { yellow } from './print.ts'
import { storeNamedBy } from './whereabouts.ts'

/** A gateway's /api, asked over HTTP when one runs and answered from the store itself when none does. */
export interface Client {
  /** Where the gateway runs; null when the store is read directly. */
  readonly url: string | null
  get<Answer>(path: string): Promise<Answer>
  post<Answer>(path: string, body: unknown): Promise<Answer>
  delete<Answer>(path: string): Promise<Answer>
  close(): Promise<void>
}

/** What /api has refused. */
export class Refused extends CommandError {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

interface Refusal {
  readonly status: number
  readonly message: string
  readonly param: string | null
}

/** An option that was given and is wrong is a wrong call of the command. */
function refusedFor(context: Context, { status, message, param }: Refusal): Error {
  const name = param?.replaceAll('_', '-') ?? ''
  const isGiven = context.option(name) !== undefined || context.options(name).length > 0
  return status === 400 && isGiven ? new UsageError(message) : new Refused(status, message)
}

const answerMs = 30_000
const aliveMs = 500

/**
 * The gateway of a configuration. FREEHOLD_URL and FREEHOLD_KEY name another one.
 * @throws CommandError when neither a gateway answers nor its store can be opened
 */
export async function connect(context: Context): Promise<Client> {
  const address = await addressOf(context)
  const client =
    address === null
      ? await directly(context, await composeOf(context))
      : overHttp(context, address.url, address.key)
  if (!context.json) await tellSimulated(client, context)
  return client
}

/** Figures of a demo are nobody's money: whoever reads a table of them is told above it. */
async function tellSimulated(client: Client, { print, env }: Context): Promise<void> {
  try {
    const { simulated } = await client.get<Pick<StatusJson, 'simulated'>>('/api/status')
    if (simulated === null || simulated === undefined) return
    const text = `Simulated: calls from ${simulated.since.slice(0, 10)} to ${simulated.until.slice(0, 10)} were made up by freehold demo.`
    print.out(print.colour ? yellow(text) : text)
  } catch (error) {
    // The command itself will say what is wrong.
    if (env['FREEHOLD_DEBUG'] !== undefined) print.err(String(error))
  }
}

/** A gateway that runs, and the key for it; null when none does. @throws CommandError without a key */
export async function addressOf(
  context: Context,
): Promise<{ readonly url: string; readonly key: string } | null> {
  const { env } = context
  const far = env['FREEHOLD_URL']
  if (far !== undefined && far !== '')
    return { url: far.replace(/\/+$/, ''), key: keyOf(env, null) }
  const named = storeNamedBy(configPathOf(context))
  const running = named === null ? null : readAddress(named)
  if (named !== null && running !== null && (await isAlive(running)))
    return { url: running, key: keyOf(env, named) }
  const { openFile } = await import('./open.ts')
  const { host, port, store } = openFile(context)
  const configured = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  // What the gateway of this store says of itself goes before what the file would have it be.
  for (const url of new Set([readAddress(store) ?? configured, configured])) {
    if (await isAlive(url)) return { url, key: keyOf(env, store) }
  }
  return null
}

async function composeOf(context: Context): Promise<() => Promise<Composed>> {
  const { openFile } = await import('./open.ts')
  return openFile(context).compose
}

function overHttp(context: Context, url: string, key: string): Client {
  const ask = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    let response: Response
    try {
      response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(answerMs),
        redirect: 'error', // the key is for this address
      })
    } catch (error) {
      throw new CommandError(`The gateway at ${url} does not answer: ${(error as Error).message}`)
    }
    const text = await response.text()
    if (response.ok) return JSON.parse(text) as Answer
    const { status } = response
    throw refusedFor(context, {
      status,
      param: null,
      message: `The gateway at ${url} answered with status ${status}.`,
      ...saidBy(text),
    })
  }
  return {
    url,
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body),
    delete: (path) => ask('DELETE', path),
    close: async () => {},
  }
}

async function directly(context: Context, compose: () => Promise<Composed>): Promise<Client> {
  const composed = await compose()
  const ask = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    try {
      const answer = await composed.ask(method, path, body)
      // Through JSON, so that both ways give the same.
      return JSON.parse(JSON.stringify(answer)) as Answer
    } catch (error) {
      throw error instanceof GatewayError ? refusedFor(context, error) : error
    }
  }
  return {
    url: null,
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body),
    delete: (path) => ask('DELETE', path),
    close: () => composed.close(),
  }
}

/** The admin key: FREEHOLD_KEY, else the one that the first start left in the store. */
function keyOf(env: Context['env'], store: string | null): string {
  const named = env['FREEHOLD_KEY']
  if (named !== undefined && named !== '') return named
  try {
    if (store !== null) return readFileSync(join(store, 'admin.key'), 'utf8').trim()
  } catch {
    // Said below.
  }
  throw new CommandError(
    `A gateway is running, and this needs its admin key. Set FREEHOLD_KEY${store === null ? '' : `; ${join(store, 'admin.key')} cannot be read`}.`,
  )
}

async function isAlive(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(aliveMs) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

function saidBy(text: string): Partial<Refusal> {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown; param?: unknown } }
    const { message, param } = error ?? {}
    return {
      ...(typeof message === 'string' ? { message } : {}),
      ...(typeof param === 'string' ? { param } : {}),
    }
  } catch {
    return {}
  }
}
