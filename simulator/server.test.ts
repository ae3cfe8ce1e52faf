import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { startSimulator, type Simulator, type SimulatorOptions } from './server.ts'

let simulator: Simulator

beforeEach(() => {
  simulator = startSimulator({ seed: 7, speed: 0 })
})
afterEach(() => simulator.stop())

async function restart(options: SimulatorOptions): Promise<void> {
  await simulator.stop()
  simulator = startSimulator(options)
}

const ask = (model: string, content = 'Hi') => ({ model, messages: [{ role: 'user', content }] })

function post(body: object, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return fetch(`${simulator.url}/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  })
}

async function status(body: object, headers: Record<string, string> = {}): Promise<number> {
  const response = await post(body, headers)
  await response.text()
  return response.status
}

const sleepUntil = async (holds: () => boolean) => {
  for (let ms = 0; ms < 2000 && !holds(); ms += 1) await Bun.sleep(1)
}

describe('the simulator', () => {
  test('starts in less than 20 ms and takes no time when nobody asks', async () => {
    const started = performance.now()
    const another = startSimulator()
    expect(performance.now() - started).toBeLessThan(20)
    const before = process.cpuUsage()
    await Bun.sleep(50)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(40)
    await another.stop()
  })

  test('answers the same to the same request, over restarts and among others', async () => {
    const said = async () => {
      const { choices } = (await (await post(ask('medium', 'Tell me of rain.'))).json()) as {
        choices: unknown
      }
      return JSON.stringify(choices)
    }
    const first = await said()
    await Promise.all(Array.from({ length: 20 }, (_, n) => status(ask('small', `What is ${n}?`))))
    expect(await said()).toBe(first)
    await restart({ seed: 7, speed: 0 })
    expect(await said()).toBe(first)
    await restart({ seed: 8, speed: 0 })
    expect(await said()).not.toBe(first)
  })

  test('gives every answer an id of its own', async () => {
    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const { id } = (await (await post(ask('echo'))).json()) as { id: string }
        return id
      }),
    )
    expect(new Set(ids).size).toBe(50)
  })

  test('takes its time when it is lifelike, the larger model more of it', async () => {
    await restart({ seed: 7, speed: 0.1 })
    const time = async (model: string) => {
      const started = performance.now()
      const response = await post({ ...ask(model), stream: true, max_tokens: 5 })
      await response.text()
      return performance.now() - started
    }
    const [small, large] = [await time('small'), await time('large')]
    expect(small).toBeGreaterThan(10)
    expect(large).toBeGreaterThan(50)
  })

  test('lets in one key only when it is told which', async () => {
    await restart({ speed: 0, key: 'sk-right' })
    expect(await status(ask('echo'))).toBe(401)
    expect(await status(ask('echo'), { authorization: 'Bearer sk-wrong' })).toBe(401)
    expect(await status(ask('echo'), { authorization: 'Bearer sk-right' })).toBe(200)
    expect(await status(ask('echo'), { 'x-api-key': 'sk-right' })).toBe(200)
  })

  test('refuses nulls when it is strict', async () => {
    const body = { ...ask('echo'), temperature: null }
    expect(await status(body)).toBe(200)
    await restart({ speed: 0, strictNulls: true })
    expect(await status(body)).toBe(400)
    expect(await status(ask('echo'))).toBe(200)
  })

  test('answers 64 clients at once, and none gets the answer of another', async () => {
    const answers = await Promise.all(
      Array.from({ length: 256 }, async (_, n) => {
        const response = await post({ ...ask('echo', `client ${n}`), stream: n % 2 === 0 })
        return (await response.text()).includes(
          n % 2 === 0 ? `"${` ${n}`.slice(0, 4)}` : `client ${n}`,
        )
      }),
    )
    expect(answers.every(Boolean)).toBe(true)
  })

  test('sends megabytes of characters of several bytes whole to a client that reads late', async () => {
    const content = '漢字🙂'.repeat(300_000)
    const response = await post(ask('echo', content))
    await Bun.sleep(20)
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
    expect(choices[0]?.message.content === content).toBe(true)
  })

  test('stops at once, or after the answers that are under way', async () => {
    const held = post({ ...ask('fault/slow-80') }).then((response) => response.status)
    await sleepUntil(() => simulator.history().length === 1)
    await simulator.stop(1000)
    expect(await held).toBe(200)
    simulator = startSimulator({ speed: 0 })
    const cut = post(ask('fault/no-answer')).catch(() => 'cut')
    await sleepUntil(() => simulator.history().length === 1)
    await simulator.stop()
    expect(await cut).toBe('cut')
  })
})

describe('the history', () => {
  test('keeps what was asked as it was received, and what was counted', async () => {
    const body = ' {"model":"echo",\n"messages":[{"role":"user","content":"Grüße \\ud800"}]} '
    const response = await fetch(`${simulator.url}/chat/completions?x=1`, {
      method: 'POST',
      headers: { Authorization: 'Bearer  sk-as-it-is', 'X-Extra': 'Yes' },
      body,
    })
    const sent = await response.arrayBuffer()
    const [entry] = simulator.history()
    expect(entry).toMatchObject({
      id: 1,
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer  sk-as-it-is', 'x-extra': 'Yes' },
      body,
      model: 'echo',
      fault: null,
      status: 200,
      tokens: { input: 9, cacheRead: 0, output: 3, reasoning: 0 },
      text: 'Grüße \ud800',
      ending: 'finished',
    })
    expect(entry!.bytesSent).toBeGreaterThan(sent.byteLength)
    expect(entry!.endedAt! - entry!.at).toBeWithin(0, 1000)
  })

  test('counts what was sent of an answer that was broken off', async () => {
    const response = await post(
      { ...ask('echo', 'one two three four'), stream: true },
      {
        'x-sim-fault': 'reset-mid-stream',
      },
    )
    await response.text().catch(() => '')
    expect(simulator.history()[0]).toMatchObject({
      fault: 'reset-mid-stream',
      ending: 'broken',
      tokens: { output: 2 },
      text: 'one two three four',
    })
  })

  test('notices within 50 ms that the client left, whatever the line was doing', async () => {
    const held = [
      'fault/no-answer',
      'fault/headers-then-silence',
      'fault/stall-mid-stream',
      'fault/slow-5000',
    ]
    for (const model of held) {
      simulator.reset()
      const leave = new AbortController()
      const asked = post({ ...ask(model, 'some words to say'), stream: true }, {}, leave.signal)
      const read = asked.then((response) => response.text()).catch(() => 'left')
      await sleepUntil(() => simulator.history().length === 1)
      await Bun.sleep(20)
      const leftAt = Date.now()
      leave.abort()
      await read
      await sleepUntil(() => simulator.history()[0]?.ending !== 'open')
      const entry = simulator.history()[0]!
      expect([model, entry.ending]).toEqual([model, 'left'])
      expect(entry.endedAt! - leftAt).toBeWithin(-5, 50)
    }
  })

  test('notices that the client left while it does not read', async () => {
    const body = JSON.stringify({ ...ask('fault/big-stream'), stream: true })
    const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1')
    socket.pause()
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await sleepUntil(() => simulator.history().length === 1)
    await Bun.sleep(50)
    // It waits for the client rather than piling 64 MB up.
    expect(simulator.history()[0]?.ending).toBe('open')
    const leftAt = Date.now()
    socket.resetAndDestroy()
    await sleepUntil(() => simulator.history()[0]?.ending !== 'open')
    const entry = simulator.history()[0]!
    expect(entry.ending).toBe('left')
    expect(entry.endedAt! - leftAt).toBeWithin(-5, 50)
    expect(entry.tokens!.output).toBeLessThan(4096 * 4096)
  })

  test('is bounded, and ids go on', async () => {
    await restart({ speed: 0, historyMax: 10 })
    for (let call = 0; call < 25; call += 1) await status(ask('echo'))
    expect(simulator.history().map(({ id }) => id)).toEqual([
      16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    ])
    expect(simulator.history(23).map(({ id }) => id)).toEqual([24, 25])
    simulator.reset()
    expect(simulator.history()).toEqual([])
    await status(ask('echo'))
    expect(simulator.history()[0]?.id).toBe(26)
  })

  test('and the rules can be had over HTTP, and do not show themselves', async () => {
    const control = (path: string, body?: object) =>
      fetch(
        new URL(`/__sim/${path}`, simulator.url),
        body ? { method: 'POST', body: JSON.stringify(body) } : {},
      )
    expect(
      (await control('behave', { model: 'small', fault: 'http-503-empty', times: 1 })).status,
    ).toBe(200)
    expect((await control('behave', { fault: 'nonsense' })).status).toBe(400)
    expect((await control('behave', {})).status).toBe(400)
    for (const share of [-0.1, 1.1, '0.5', null])
      expect((await control('behave', { fault: 'http-500', share })).status).toBe(400)
    expect((await control('other')).status).toBe(404)
    expect(await status(ask('small'))).toBe(503)
    expect(await (await control('history?after=0')).json()).toMatchObject({
      entries: [{ id: 1, status: 503, fault: 'http-503-empty' }],
    })
    await control('reset', {})
    expect(simulator.history()).toEqual([])
  })
})

describe('rules', () => {
  test('make the next calls of a model fail, then no more', async () => {
    simulator.behave({ model: 'small', fault: 'http-500', times: 2 })
    const statuses = []
    for (const model of ['small', 'echo', 'small', 'small']) statuses.push(await status(ask(model)))
    expect(statuses).toEqual([500, 200, 500, 200])
  })

  test('can be for a share of the calls, the same ones with the same seed', async () => {
    const played = async (): Promise<string> => {
      simulator.reset()
      simulator.behave({ fault: 'http-500', share: 0.3 })
      const statuses = []
      for (let call = 0; call < 40; call += 1) statuses.push(await status(ask('echo')))
      return statuses.join(' ')
    }
    const statuses = await played()
    const failed = statuses.split(' ').filter((each) => each === '500').length
    expect(failed).toBeGreaterThan(4)
    expect(failed).toBeLessThan(22)
    expect(await played()).toBe(statuses)
  })

  test('can be for one key, or for everyone, and be taken back', async () => {
    simulator.behave({ fault: 'http-503-empty' })
    simulator.behave({ key: 'bad', fault: 'http-401' })
    expect(await status(ask('echo'), { authorization: 'Bearer bad' })).toBe(401)
    expect(await status(ask('echo'))).toBe(503)
    simulator.behave({ fault: 'none' })
    expect(await status(ask('echo'))).toBe(200)
    expect(await status(ask('echo'), { authorization: 'Bearer bad' })).toBe(401)
    simulator.reset()
    expect(await status(ask('echo'), { authorization: 'Bearer bad' })).toBe(200)
  })

  test('for no fault at all are refused', () => {
    expect(() => simulator.behave({ fault: 'nonsense' })).toThrow('No fault is called nonsense.')
  })
})
