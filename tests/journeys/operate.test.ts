import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand, startCommand, type Surroundings } from './command.ts'
import { startTown, type Town } from './town.ts'

/** A gateway in the hands of whoever runs it: reloads, alarms, commands, stops and starts. */
let town: Town
let alarms: ReturnType<typeof Bun.serve>
const delivered: { text: string; alarm: { kind: string; subject: string } }[] = []

const key = 'web-secret-0123456789'

const config = (model: string): string => `
# the file's own words stay
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  hello: ${model} # who answers
keys:
  - { id: web, secret: ${key} }
alarms: { webhook: 'http://127.0.0.1:${alarms.port}/hook' }
prices:
  acme/echo: { input: 1, output: 1 }
  acme/small: { input: 1, output: 1 }
`

beforeAll(async () => {
  alarms = Bun.serve({
    port: 0,
    fetch: async (request) => {
      delivered.push((await request.json()) as (typeof delivered)[number])
      return new Response('ok')
    },
  })
  town = await startTown({
    config: config('acme/echo'),
    vendors: { acme: { speed: 0.05, waitMs: 300 } },
  })
})
afterAll(async () => {
  await town.close()
  await alarms.stop(true)
})

async function ask(model = 'hello', stream = false): Promise<Response> {
  return fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model,
      stream,
      messages: [{ role: 'user', content: 'one two three four five six seven' }],
    }),
  })
}

async function answersWith(model: string): Promise<void> {
  for (let tries = 0; tries < 80; tries += 1) {
    const response = await ask()
    await response.text()
    if (response.headers.get('x-freehold-model') === model) return
    await Bun.sleep(50)
  }
  throw new Error(`hello is not answered by ${model}: ${town.log()}`)
}

const freehold = (words: readonly string[], surroundings: Partial<Surroundings> = {}) =>
  runCommand(words, { cwd: town.folder, ...surroundings })

describe('reloading', () => {
  test('a change of the file is in force at once, and no call fails for it', async () => {
    let failed = 0
    let calls = 0
    const load = { going: true }
    const callers = Array.from({ length: 4 }, async () => {
      while (load.going) {
        const response = await ask()
        await response.text()
        calls += 1
        if (!response.ok) failed += 1
      }
    })
    for (let turn = 0; turn < 3; turn += 1) {
      town.configure(config('acme/small'))
      await answersWith('acme/small')
      town.configure(config('acme/echo'))
      await answersWith('acme/echo')
    }
    load.going = false
    await Promise.all(callers)
    expect(calls).toBeGreaterThan(10)
    expect(failed).toBe(0)
  }, 30_000)

  test('a file that is wrong is refused by line and column, and the last good one stays in force', async () => {
    town.configure(`${config('acme/echo')}\ntypo: true\n`)
    await eventually(
      async () =>
        (await town.api<{ config: { refused: string[] } }>('/api/status')).config.refused.length >
        0,
    )
    const { config: facts } = await town.api<{ config: { refused: string[] } }>('/api/status')
    expect(facts.refused[0]).toMatch(/freehold\.yaml:\d+:\d+: .*typo/)
    await answersWith('acme/echo')
    await eventually(() => delivered.some(({ alarm }) => alarm.kind === 'configuration_refused'))
    town.configure(config('acme/echo'))
    await eventually(
      async () =>
        (await town.api<{ config: { refused: string[] } }>('/api/status')).config.refused.length ===
        0,
    )
    await eventually(() =>
      delivered.some(({ text }) => text.includes('RESOLVED configuration_refused')),
    )
  })

  test('swap puts another model behind a task, and every other character stays', async () => {
    const path = join(town.folder, 'freehold.yaml')
    const before = readFileSync(path, 'utf8')
    const { code, out } = await freehold(['swap', 'hello', 'acme/small'])
    expect([code, out]).toEqual([0, expect.stringContaining('acme/echo -> acme/small') as string])
    expect(readFileSync(path, 'utf8')).toBe(before.replace('hello: acme/echo', 'hello: acme/small'))
    await answersWith('acme/small')
    expect((await freehold(['swap', 'hello', 'nobody/knows'])).code).toBe(1)
    expect((await freehold(['swap', 'helo', 'acme/echo'])).err).toContain('helo')
    expect(readFileSync(path, 'utf8')).toContain('hello: acme/small # who answers')
    expect((await freehold(['swap', 'hello', 'acme/echo', '--json'])).out).toContain(
      '"after":["acme/echo"]',
    )
    await answersWith('acme/echo')
  })

  test('of two who change the same text at once one is told that it was changed', async () => {
    const { text, hash } = await town.api<{ text: string; hash: string }>('/api/config')
    const apply = (comment: string): Promise<Response> =>
      fetch(`${town.url}/api/config`, {
        method: 'POST',
        headers: { authorization: `Bearer ${town.adminKey}` },
        body: JSON.stringify({ text: `${text}# ${comment}\n`, hash }),
      })
    const answers = await Promise.all(['one', 'two', 'three'].map(apply))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400])
    const now = await town.api<{ text: string; in_force: boolean }>('/api/config')
    expect(now.in_force).toBe(true)
    expect(now.text.match(/# (one|two|three)$/gm)).toHaveLength(1)
  })
})

describe('alarms', () => {
  test('reach the webhook in two shapes at once, and are told once', async () => {
    await (await ask('acme/large')).text()
    await (await ask('acme/large')).text()
    await eventually(() => delivered.some(({ alarm }) => alarm.kind === 'unknown_price'))
    const told = delivered.filter(({ alarm }) => alarm.kind === 'unknown_price')
    expect(told.length).toBe(1)
    expect(told[0]).toMatchObject({
      text: expect.stringContaining('[Freehold] WARNING unknown_price') as string,
      alarm: { subject: 'acme/large' },
    })
    const { alarms: open } = await town.api<{ alarms: { kind: string; count: number }[] }>(
      '/api/alarms',
    )
    expect(open.find(({ kind }) => kind === 'unknown_price')!.count).toBe(2)
  })

  test('a provider that is down is told of', async () => {
    for (let calls = 0; calls < 5; calls += 1) await (await ask('acme/fault/http-500')).text()
    await eventually(() => delivered.some(({ alarm }) => alarm.kind === 'provider_down'))
  })
})

describe('commands', () => {
  test('logs, costs, models and keys tell people and machines the same', async () => {
    const { out } = await freehold(['logs', '--limit', '3'])
    expect(out.split('\n')[0]).toMatch(/^TIME\s+CALL\s+ASKED/)
    const logs = JSON.parse((await freehold(['logs', '--limit', '3', '--json'])).out) as {
      calls: { id: string }[]
    }
    expect(logs.calls.length).toBe(3)
    expect(out).toContain(logs.calls[0]!.id)
    const one = await freehold(['logs', logs.calls[0]!.id])
    expect(one.out).toContain('ROLE')
    const costs = JSON.parse((await freehold(['costs', '--by', 'model,day', '--json'])).out) as {
      rows: unknown[]
    }
    expect(costs.rows.length).toBeGreaterThan(0)
    expect((await freehold(['costs'])).out).toContain('total')
    expect((await freehold(['models', 'small'])).out).toContain('sim/small')
    expect((await freehold(['keys'])).out).toContain('web')
  })

  test('a key is made, works at once, and no longer when it was revoked', async () => {
    const made = await freehold([
      'keys',
      'create',
      'ci',
      '--task',
      'hello',
      '--budget',
      '1 USD/month',
    ])
    expect(made.code).toBe(0)
    const secret = made.out.trim()
    expect(secret).toMatch(/^fh_[\w-]{43}$/)
    const call = (model: string) =>
      fetch(`${town.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'x-api-key': secret },
        body: JSON.stringify({ model, max_tokens: 5, messages: [{ role: 'user', content: 'x' }] }),
      })
    expect((await call('hello')).status).toBe(200)
    expect((await call('acme/small')).status).toBe(403)
    expect((await freehold(['keys', 'create', 'ci'])).err).toContain('already')
    const cap = (budget: string) => freehold(['keys', 'budget', 'ci', '--budget', budget])
    expect((await cap('0.000000001 USD/month')).code).toBe(0)
    expect((await call('hello')).status).toBe(402)
    expect((await cap('none')).out).toContain('no budget any more')
    expect((await call('hello')).status).toBe(200)
    expect((await cap('much')).code).toBe(2)
    expect((await freehold(['keys', 'revoke', 'ci'])).code).toBe(0)
    expect((await call('hello')).status).toBe(401)
    expect((await freehold(['keys', 'revoke', 'ci'])).code).toBe(1)
    const { out } = await freehold(['keys', '--json'])
    expect(out).not.toContain(secret)
  })

  test('logs --follow shows calls as they come, until it is interrupted', async () => {
    const words = ['logs', '--follow', '--json', '--limit', '1']
    const child = startCommand(words, { cwd: town.folder })
    let seen = ''
    const reading = (async () => {
      for await (const chunk of child.stdout) seen += new TextDecoder().decode(chunk)
    })()
    await eventually(() => seen.includes('\n'))
    const response = await ask()
    await response.text()
    await eventually(() => seen.includes(response.headers.get('x-request-id')!))
    child.kill('SIGINT')
    expect(await child.exited).toBe(0)
    await reading
    for (const line of seen.trim().split('\n')) JSON.parse(line)
  })

  test('doctor says what is well and what is not', async () => {
    const well = await freehold(['doctor'])
    expect(well.out).toContain('provider acme')
    expect(well.out).toContain('acme/echo: price known')
    const broken = join(town.folder, 'broken.yaml')
    writeFileSync(
      broken,
      'providers:\n  acme: { type: openai-compatible, base_url: http://127.0.0.1:9/v1 }\n',
    )
    const ill = await freehold(['doctor', '--config', broken, '--json'])
    expect(ill.code).toBe(1)
    expect((JSON.parse(ill.out) as { ok: boolean }).ok).toBe(false)
  })

  test('called wrongly they exit 2 and say how, with a reason they exit 1', async () => {
    for (const words of [
      ['nonsense'],
      ['logs', '--nonsense'],
      ['swap', 'hello'],
      ['logs', '--limit', 'many'],
      ['keys', 'create'],
      [],
    ]) {
      const { code } = await freehold(words)
      expect([words, code]).toEqual([words, 2])
    }
    expect((await freehold(['serve', '--config', 'not-here.yaml'])).code).toBe(1)
    expect((await freehold(['logs', 'not-an-id'])).code).toBe(1)
  })

  test('every command has a help, and none that is not built shows', async () => {
    const { out } = await freehold(['--help'])
    const named = [...out.matchAll(/^ {2}(\w+) {2}/gm)].map((match) => match[1]!)
    expect(named).toEqual(
      'serve demo init doctor dashboard models keys logs costs margin feedback erase whatif prices export ledger conformance swap eval route replay drill breakeven'.split(
        ' ',
      ),
    )
    for (const name of named)
      expect((await freehold([name, '--help'])).out).toContain(`freehold ${name}`)
  }, 60_000)

  test('init writes a configuration that serves', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'freehold-init-'))
    expect((await freehold(['init'], { cwd: folder })).code).toBe(0)
    expect(existsSync(join(folder, 'freehold.schema.json'))).toBe(true)
    expect((await freehold(['init'], { cwd: folder })).code).toBe(1)
    expect((await freehold(['doctor', '--offline'], { cwd: folder })).code).toBe(0)
    rmSync(folder, { recursive: true })
  })
})

describe('stopping and starting', () => {
  test('an open stream may end, and then the gateway does', async () => {
    const response = await ask('hello', true)
    const ended = town.end('SIGTERM')
    const text = await response.text()
    expect(text).toContain('[DONE]')
    expect(await ended).toBe(0)
  })

  test('without a gateway the commands answer from the store', async () => {
    const { code, out } = await freehold(['costs', '--json'])
    expect(code).toBe(0)
    expect((JSON.parse(out) as { rows: unknown[] }).rows.length).toBeGreaterThan(0)
    expect((await freehold(['keys', 'create', 'offline'])).code).toBe(0)
    expect((await freehold(['swap', 'hello', 'acme/small'])).out).toContain('No gateway is running')
  })

  test('a swap that would be refused leaves the file as it was, without a gateway as well', async () => {
    const refused = await freehold(['swap', 'hello', 'nobody/knows'])
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('as it was')])
    expect((await freehold(['costs'])).code).toBe(0)
  })

  test('what was there is there after a start, and after a kill', async () => {
    await town.restart()
    const { calls } = await town.api<{ calls: { id: string }[] }>('/api/calls?limit=1000')
    expect(calls.length).toBeGreaterThan(10)
    expect((await freehold(['keys'])).out).toContain('offline')
    const response = await ask()
    const id = response.headers.get('x-request-id')!
    expect(response.headers.get('x-freehold-model')).toBe('acme/small')
    await response.text()
    await town.end('SIGKILL')
    await town.restart()
    expect((await town.call(id)).ok).toBe(true)
  })

  test('a port that is taken is not shared, and a store has one owner', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'freehold-second-'))
    const { port } = new URL(town.url)
    const taken = await freehold(['serve', '--port', port], { cwd: elsewhere })
    expect([taken.code, taken.err]).toEqual([1, expect.stringContaining('in use') as string])
    rmSync(elsewhere, { recursive: true })
    const owned = await freehold(['serve', '--port', '0'])
    expect([owned.code, owned.err]).toEqual([
      1,
      expect.stringContaining('in use by another process') as string,
    ])
  })

  test('readiness and liveness need no key and tell nothing', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const response = await fetch(town.url + path)
      expect([response.status, await response.text()]).toEqual([200, 'ok\n'])
    }
  })
})

async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await holds()) return
    await Bun.sleep(50)
  }
  expect(await holds()).toBe(true)
}
