import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { composeGateway } from '../../compose/gateway.ts'
import { addressOf } from '../client.ts'
import { CommandError, type Context } from '../command.ts'
import { configPathOf } from '../config-path.ts'
import { openFile } from '../open.ts'

/** A gateway to ask as any client does: the one that runs, or one of this process for as long as it takes. */
export interface Reached {
  readonly url: string
  readonly key: string
  /** Where answers are kept for later runs. */
  readonly folder: string
  /** True where this process serves. */
  readonly own: boolean
  get<Answer>(path: string): Promise<Answer>
  post<Answer>(path: string, body: unknown): Promise<Answer>
  close(): Promise<void>
}

const answerMs = 30_000

/** @throws CommandError */
export async function reach(context: Context): Promise<Reached> {
  const far = (context.env['FREEHOLD_URL'] ?? '') !== ''
  const running = await addressOf(context)
  // The store of a gateway elsewhere is not here.
  const folder = far ? '.freehold' : openFile(context).store
  if (running !== null) return { ...door(running), folder, own: false, close: async () => {} }
  const gateway = await composeGateway({
    configPath: configPathOf(context),
    env: context.env,
    port: 0,
    log: () => {},
  })
  const named = context.env['FREEHOLD_KEY'] ?? ''
  let key = named
  if (named === '') {
    try {
      key = readFileSync(gateway.adminKeyPath, 'utf8').trim()
    } catch {
      await gateway.stop()
      throw new CommandError(
        `This needs the admin key of the store: ${join(folder, 'admin.key')} cannot be read. Set FREEHOLD_KEY.`,
      )
    }
  }
  return { ...door({ url: gateway.url, key }), folder, own: true, close: () => gateway.stop() }
}

function door({
  url,
  key,
}: {
  url: string
  key: string
}): Pick<Reached, 'url' | 'key' | 'get' | 'post'> {
  const ask = async <Answer>(path: string, sent: RequestInit): Promise<Answer> => {
    let response: Response
    try {
      response = await fetch(url + path, {
        ...sent,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(answerMs),
        redirect: 'error', // the key is for this address
      })
    } catch (error) {
      throw new CommandError(`The gateway at ${url} does not answer: ${(error as Error).message}`)
    }
    const body = (await response.json().catch(() => null)) as { error?: { message?: string } }
    if (response.ok) return body as Answer
    throw new CommandError(
      body?.error?.message ??
        `The gateway at ${url} answered ${path} with status ${response.status}.`,
    )
  }
  return {
    url,
    key,
    get: (path) => ask(path, {}),
    post: (path, body) => ask(path, { method: 'POST', body: JSON.stringify(body) }),
  }
}
