import { afterEach, describe, expect, test } from 'bun:test'
import type { Clock, Instant } from '../core/clock.ts'
import type { AlarmRow } from '../store/ports.ts'
import { Alarms, closeLeft } from './alarms.ts'
import { type Post, Webhook } from './webhook.ts'

const minuteUs = 60_000_000

describe('alarms', () => {
  test('a condition is told when it opens, every hour while it lasts, and when it is over', () => {
    const { alarms, told, pass } = someAlarms()
    for (let minutes = 0; minutes < 150; minutes += 10) {
      alarms.raise('unknown_price', 'acme/large', 'no price')
      pass(10 * minuteUs)
    }
    expect(told.map(({ count }) => count)).toEqual([1, 7, 13])
    alarms.resolve('unknown_price', 'acme/large')
    expect(told.at(-1)!.resolvedAt).not.toBeNull()
    expect(alarms.open()).toEqual([])
    alarms.resolve('unknown_price', 'acme/large')
    expect(told.length).toBe(4)
    alarms.raise('unknown_price', 'acme/large', 'no price')
    expect(told.at(-1)).toMatchObject({ count: 1, resolvedAt: null })
  })

  test('subjects are apart, and what is not told yet is counted', () => {
    const { alarms, told } = someAlarms()
    alarms.raise('budget_near', 'key web', 'near')
    alarms.raise('budget_near', 'key ci', 'near')
    alarms.raise('budget_near', 'key ci', 'near')
    expect(told.map(({ subject }) => subject)).toEqual(['key web', 'key ci'])
    expect(alarms.open().map(({ subject, count }) => [subject, count])).toContainEqual([
      'key ci',
      2,
    ])
  })

  test('a book that cannot be written keeps nothing from being told', async () => {
    const { alarms, told } = someAlarms(() => Promise.reject(new Error('disk')))
    alarms.raise('disk_low', 'store', 'full')
    await Bun.sleep(0)
    expect([told.length, alarms.unwritten]).toEqual([1, 1])
  })

  test('what callers make up does not fill the memory', () => {
    const { alarms } = someAlarms()
    for (let count = 0; count < 5_000; count += 1)
      alarms.raise('unknown_price', `acme/${count}`, 'no price')
    expect(alarms.open().length).toBeLessThanOrEqual(1_000)
  })

  test('names that callers make up push out no alarm of another kind', () => {
    const { alarms, told } = someAlarms()
    alarms.raise('provider_down', 'acme', 'down')
    for (let count = 0; count < 2_000; count += 1)
      alarms.raise('unknown_price', `acme/${count}`, 'no price')
    expect(alarms.open().map(({ kind }) => kind)).toContain('provider_down')
    alarms.resolve('provider_down', 'acme')
    expect(told.at(-1)).toMatchObject({ kind: 'provider_down', resolvedAt: expect.any(Number) })
  })

  test('what an earlier process left open in the book is closed, and nothing that was raised since', async () => {
    const since = 1_760_000_000_000_000 as Instant
    const rows = [
      { ...anAlarm('left'), firstAt: (since - 9) as Instant, lastAt: (since - 5) as Instant },
      anAlarm('new'),
    ]
    const put: AlarmRow[] = []
    const book = { alarms: async () => rows, putAlarm: async (row: AlarmRow) => void put.push(row) }
    await closeLeft(book, since)
    expect(put).toEqual([{ ...rows[0]!, resolvedAt: since }])
  })
})

describe('the webhook', () => {
  let server: ReturnType<typeof Bun.serve> | null = null
  afterEach(() => server?.stop(true))

  test('is tried again, each time later, and one after the other', async () => {
    const waits: number[] = []
    const bodies: { alarm: { subject: string } }[] = []
    let refusals = 2
    server = Bun.serve({
      port: 0,
      fetch: async (request) => {
        if (refusals > 0) {
          refusals -= 1
          return new Response('busy', { status: 503 })
        }
        bodies.push((await request.json()) as (typeof bodies)[number])
        return new Response('ok')
      },
    })
    const webhook = new Webhook(
      server.url.href,
      fakeClock((ms) => waits.push(ms)),
      post,
    )
    webhook.deliver(anAlarm('one'))
    webhook.deliver(anAlarm('two'))
    for (let tries = 0; tries < 50 && webhook.delivered < 2; tries += 1) await Bun.sleep(10)
    expect(bodies.map(({ alarm }) => alarm.subject)).toEqual(['one', 'two'])
    expect(waits).toEqual([1_000, 2_000])
  })

  test('says names as words: in Slack none of them is a link or calls everybody', async () => {
    const bodies: { text: string; alarm: { subject: string } }[] = []
    const webhook = new Webhook(
      'http://127.0.0.1:9/hook',
      fakeClock(() => {}),
      async (_, body) => {
        bodies.push(JSON.parse(body) as (typeof bodies)[number])
        return 200
      },
    )
    webhook.deliver(anAlarm('acme/<!channel>&<https://evil.example|here>'))
    for (let tries = 0; tries < 50 && webhook.delivered < 1; tries += 1) await Bun.sleep(1)
    expect(bodies[0]!.text).toContain(
      '(acme/&lt;!channel&gt;&amp;&lt;https://evil.example|here&gt;)',
    )
    expect(bodies[0]!.alarm.subject).toBe('acme/<!channel>&<https://evil.example|here>')
  })

  test("gives up in the end, counts it, and is in nobody's way", async () => {
    const webhook = new Webhook(
      'http://127.0.0.1:9/hook',
      fakeClock(() => {}),
      post,
    )
    for (let count = 0; count < 200; count += 1) webhook.deliver(anAlarm(`${count}`))
    for (let tries = 0; tries < 100 && webhook.failed < 200; tries += 1) await Bun.sleep(20)
    expect([webhook.delivered, webhook.failed]).toEqual([0, 200])
  })
})

const post: Post = async (url, body) => (await fetch(url, { method: 'POST', body })).status

function someAlarms(putAlarm: () => Promise<void> = () => Promise.resolve()) {
  let now = 1_760_000_000_000_000
  const told: AlarmRow[] = []
  const clock: Clock = { ...fakeClock(() => {}), now: () => now as Instant }
  const alarms = new Alarms(clock, { putAlarm }, (alarm) => told.push(alarm))
  return { alarms, told, pass: (us: number) => (now += us) }
}

function fakeClock(onSleep: (ms: number) => void): Clock {
  return {
    now: () => 0 as Instant,
    elapsedUs: () => 0,
    sleep: async (ms) => onSleep(ms),
  }
}

function anAlarm(subject: string): AlarmRow {
  const at = 1_760_000_000_000_000 as Instant
  return {
    kind: 'disk_low',
    subject,
    severity: 'critical',
    text: 'low',
    firstAt: at,
    lastAt: at,
    count: 1,
    resolvedAt: null,
  }
}
