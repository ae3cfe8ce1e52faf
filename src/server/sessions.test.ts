import { expect, test } from 'bun:test'
import type { Clock, Instant } from '../core/clock.ts'
import { Secret } from '../core/secret.ts'
import { Keyring } from '../gateway/pipeline/keyring.ts'
import type { KeyRole } from '../gateway/pipeline/snapshot.ts'
import { MemoryShelf } from '../store/memory-shelf.ts'
import { Sessions } from './sessions.ts'

const minuteUs = 60_000_000
const dayUs = 1_440 * minuteUs

function scene() {
  let now = 0
  const clock: Clock = { now: () => now as Instant, elapsedUs: () => now, sleep: async () => {} }
  const keyring = new Keyring(new Secret('pepper'))
  const shelf = new MemoryShelf(clock.now, 1_000_000)
  const put = (keys: Readonly<Record<string, readonly [secret: string, role: KeyRole]>>): void =>
    keyring.replace(
      new Map(
        Object.entries(keys).map(([id, [secret, role]]) => [
          keyring.hash(secret),
          { id, role, env: null, tasks: null, bounds: { budget: null, rate: null } },
        ]),
      ),
    )
  put({ ops: ['first-secret', 'admin'], board: ['board-secret', 'viewer'], app: ['app', 'caller'] })
  const sessions = new Sessions({ keyring, shelf, clock })
  const cookieOf = (token: string) => `other=1; ${sessions.cookieName}=${token}; more=2`
  return { sessions, put, cookieOf, wait: (us: number) => (now += us), keyring, shelf, clock }
}

test('a session lasts for seven days and no longer', () => {
  const { sessions, cookieOf, wait } = scene()
  const cookie = cookieOf(sessions.open('ops', 'admin')!.token)
  wait(7 * dayUs - 1)
  expect(sessions.find(cookie)?.key.id).toBe('ops')
  wait(1)
  expect(sessions.find(cookie)).toBe(null)
})

test('a session ends when its key gets another secret, and is never more than its key is now', () => {
  const { sessions, cookieOf, put } = scene()
  const cookie = cookieOf(sessions.open('ops', 'admin')!.token)
  put({ ops: ['first-secret', 'viewer'] })
  expect(sessions.find(cookie)?.key.role).toBe('viewer')
  put({ ops: ['first-secret', 'caller'] })
  expect(sessions.find(cookie)).toBe(null)
  put({ ops: ['second-secret', 'admin'] })
  expect(sessions.find(cookie)).toBe(null)
})

test('callers and keys that are not there open nothing', () => {
  const { sessions } = scene()
  expect(sessions.open('app', 'viewer')).toBe(null)
  expect(sessions.open('nobody', 'viewer')).toBe(null)
  expect(sessions.open('board', 'admin')!.session.key.role).toBe('viewer')
})

test('a link is used once, within fifteen minutes', () => {
  const { sessions, wait } = scene()
  const used = sessions.makeLink('ops', 'viewer').token
  expect(sessions.redeem(used)).toMatchObject({ id: 'ops', role: 'viewer' })
  expect(sessions.redeem(used)).toBe(null)
  const late = sessions.makeLink('ops', 'admin').token
  wait(15 * minuteUs)
  expect(sessions.redeem(late)).toBe(null)
  expect(sessions.redeem('fhl_made-up')).toBe(null)
})

test('who was signed out stays so, for another process on the same store as well', async () => {
  const { sessions, cookieOf, keyring, shelf, clock } = scene()
  const cookie = cookieOf(sessions.open('ops', 'admin')!.token)
  sessions.end(sessions.find(cookie)!)
  expect(sessions.find(cookie)).toBe(null)
  const next = new Sessions({ keyring, shelf, clock })
  expect(next.find(cookie)?.key.id).toBe('ops')
  await next.load()
  expect(next.find(cookie)).toBe(null)
})

test('another store takes none of it', () => {
  const { sessions, cookieOf, shelf, clock } = scene()
  const cookie = cookieOf(sessions.open('ops', 'admin')!.token)
  const keyring = new Keyring(new Secret('another pepper'))
  const other = new Sessions({ keyring, shelf, clock })
  expect(other.cookieName).not.toBe(sessions.cookieName)
  expect(other.find(cookie.replace(sessions.cookieName, other.cookieName))).toBe(null)
})
