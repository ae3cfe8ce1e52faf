import { describe, expect, test } from 'bun:test'
import { type Instant, instant } from '../../core/clock.ts'
import { readJsonObject } from '../../core/json.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { openaiResponses } from '../../dialects/openai-responses/index.ts'
import { MemoryShelf } from '../../store/memory-shelf.ts'
import type { Attempt } from './attempt.ts'
import { keepTurn, resume } from './conversation.ts'
import type { Trip } from './trip.ts'

const dayUs = 86_400_000_000

class Scene {
  now = instant('2026-11-22T00:00:00Z')
  readonly shelf = new MemoryShelf(() => this.now, 200_000_000)

  trip(
    body: object,
    keyId = 'web',
    tasks: readonly [name: string, providers: string[]][] = [],
  ): Trip {
    const call = openaiResponses.readCall(readJsonObject(JSON.stringify(body)))
    const named = tasks.map(([name, providers]) => {
      const candidates = providers.map((provider) => ({ provider, model: 'm', weight: 1 }))
      return [name, { candidates }] as const
    })
    const snapshot = { tasks: new Map(named), payloads: 'full' }
    const attribution = { customer: 'acme', feature: null, session: null }
    const trip = { dialect: openaiResponses, call, key: { id: keyId }, snapshot, attribution }
    return { ...trip, thread: null, pinnedTo: null } as unknown as Trip
  }

  async ask(body: object, keyId = 'web', tasks: readonly [string, string[]][] = []): Promise<Trip> {
    const trip = this.trip(body, keyId, tasks)
    await resume(trip, { shelf: this.shelf })
    return trip
  }

  answer(trip: Trip, id: string, provider: string, tokens = 0, content = `answer ${id}`): void {
    const output = [{ type: 'message', id: `msg ${id}`, role: 'assistant', content }]
    const usage = tokens === 0 ? null : { total_tokens: tokens }
    const credential = { fingerprint: () => `account of ${provider}` }
    const attempt = { stop: { provider: { id: provider } }, credential } as unknown as Attempt
    const keeps = provider === 'keeper' ? { keepsConversations: true as const } : {}
    const door = { dialect: provider === 'chatty' ? openaiChat : openaiResponses, ...keeps }
    const clock = { now: (): Instant => this.now } as never
    keepTurn(trip, attempt, door, JSON.stringify({ id, output, usage }), {
      shelf: this.shelf,
      clock,
    })
  }
}

function inputOf({ call }: Trip): unknown {
  return call.body.value['input']
}

describe('a conversation at the server', () => {
  test('says on the shelf whose words they are, so that they can be erased', async () => {
    const scene = new Scene()
    scene.answer(await scene.ask({ model: 'chatty/m', input: 'one' }), 'resp_1', 'chatty')
    for (const kind of ['response', 'response item']) {
      const left = await scene.shelf.list({ kind, limit: 9 })
      expect(left.map(({ customer }) => customer)).toEqual(['acme'])
    }
  })

  test('is put in front, in its order, for whoever does not keep it', async () => {
    const scene = new Scene()
    scene.answer(await scene.ask({ model: 'chatty/m', input: 'one' }), 'resp_1', 'chatty')
    const second = { model: 'chatty/m', input: [{ role: 'user', content: 'two' }] }
    scene.answer(await scene.ask({ ...second, previous_response_id: 'resp_1' }), 'resp_2', 'keeper')
    const third = await scene.ask({
      model: 'other/m',
      input: 'three',
      previous_response_id: 'resp_2',
    })
    expect(inputOf(third)).toEqual([
      { type: 'message', role: 'user', content: 'one' },
      { type: 'message', role: 'assistant', content: 'answer resp_1' },
      { role: 'user', content: 'two' },
      { type: 'message', role: 'assistant', content: 'answer resp_2' },
      { type: 'message', role: 'user', content: 'three' },
    ])
    expect(third.call.body.value).not.toHaveProperty('previous_response_id')
    expect(third).toMatchObject({ call: { follows: 'resp_2' }, pinnedTo: null })
    expect(third.thread!.asked.length).toBe(1)
  })

  test('goes on by its id with the provider that keeps it, and what it may cost is held', async () => {
    const scene = new Scene()
    scene.answer(await scene.ask({ model: 'keeper/m', input: 'one' }), 'resp_1', 'keeper', 5_000)
    const next = { input: 'two', previous_response_id: 'resp_1' }
    const alone = scene.trip({ model: 'keeper/m', ...next })
    const tasks: [string, string[]][] = [
      ['hello', ['other', 'keeper']],
      ['bye', ['other']],
    ]
    for (const model of ['keeper/m', 'hello']) {
      const trip = await scene.ask({ model, ...next }, 'web', tasks)
      expect(trip.pinnedTo).toMatchObject({
        provider: 'keeper',
        credential: 'account of keeper',
      })
      expect(trip.call.body.value['previous_response_id']).toBe('resp_1')
      expect(trip.call.inputTokensMax).toBeGreaterThanOrEqual(5_000)
      expect(trip.call.inputTokensMax - 5_000).toBeLessThanOrEqual(alone.call.inputTokensMax)
    }
    expect((await scene.ask({ model: 'bye', ...next }, 'web', tasks)).pinnedTo).toBeNull()
  })

  test('is another key’s at no time, and gone after 30 days', async () => {
    const scene = new Scene()
    scene.answer(await scene.ask({ model: 'chatty/m', input: 'one' }), 'resp_1', 'chatty')
    const next = { model: 'chatty/m', input: 'two', previous_response_id: 'resp_1' }
    const gone = { code: 'response_not_found', status: 404, param: 'previous_response_id' }
    const asked = (keyId: string) => scene.ask(next, keyId).catch((error: unknown) => error)
    expect(await asked('app')).toMatchObject(gone)
    scene.now = (scene.now + 29 * dayUs) as Instant
    expect(await asked('web')).toMatchObject({ call: { follows: 'resp_1' } })
    scene.now = (scene.now + 2 * dayUs) as Instant
    expect(await asked('web')).toMatchObject(gone)
  })

  test('that lost its beginning, or goes in a circle, is not continued', async () => {
    const scene = new Scene()
    scene.answer(await scene.ask({ model: 'chatty/m', input: 'one' }), 'resp_1', 'chatty')
    const second = { model: 'chatty/m', input: 'two', previous_response_id: 'resp_1' }
    scene.answer(await scene.ask(second), 'resp_2', 'chatty')
    const third = { model: 'chatty/m', input: 'three', previous_response_id: 'resp_2' }
    const asked = () => scene.ask(third).catch((error: unknown) => error)
    scene.answer(await scene.ask(third), 'resp_1', 'chatty') // the id of an earlier one
    expect(await asked()).toMatchObject({ code: 'response_not_found' })
    scene.shelf.remove('response', JSON.stringify(['web', 'resp_1']))
    expect(await asked()).toMatchObject({ code: 'response_not_found' })
  })

  test('is not put together beyond 64 MB, however few bytes ask for it', async () => {
    const scene = new Scene()
    const ask = (body: object) => scene.ask({ model: 'chatty/m', ...body })
    const refused = (body: object) => ask(body).catch((error: unknown) => error)
    scene.answer(await ask({ input: 'one' }), 'resp_1', 'chatty', 0, 'x'.repeat(40_000))
    const named = Array.from({ length: 2_000 }, () => ({
      type: 'item_reference',
      id: 'msg resp_1',
    }))
    expect(await refused({ input: named })).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('more than 64 MB'),
    })
    expect(inputOf(await ask({ input: named.slice(0, 20) }))).toHaveLength(20)
    for (let turn = 1; turn <= 10; turn += 1) {
      const next = await ask({ input: 'on' })
      next.thread = { ...next.thread!, follows: `resp_${turn}` }
      scene.answer(next, `resp_${turn + 1}`, 'chatty', 0, 'x'.repeat(7_000_000))
    }
    expect(await refused({ input: 'on', previous_response_id: 'resp_11' })).toMatchObject({
      code: 'invalid_request',
      param: 'previous_response_id',
    })
  })

  test('is kept of no call that says store: false', async () => {
    const scene = new Scene()
    const trip = await scene.ask({ model: 'chatty/m', input: 'one', store: false })
    expect(trip.thread).toBeNull()
    scene.answer(trip, 'resp_1', 'chatty')
    expect(await scene.shelf.list({ kind: 'response', limit: 10 })).toEqual([])
  })

  test('tells items by their ids, where their maker is not the one to ask', async () => {
    const scene = new Scene()
    scene.answer(await scene.ask({ model: 'keeper/m', input: 'one' }), 'resp_1', 'keeper')
    const named = {
      input: [
        { type: 'item_reference', id: 'msg resp_1' },
        { role: 'user', content: 'two' },
      ],
    }
    const there = await scene.ask({ model: 'keeper/m', ...named })
    expect([there.pinnedTo?.provider, inputOf(there)]).toEqual(['keeper', named.input])
    const elsewhere = await scene.ask({ model: 'other/m', ...named })
    expect(inputOf(elsewhere)).toEqual([
      { type: 'message', role: 'assistant', content: 'answer resp_1' },
      named.input[1],
    ])
    const stranger = await scene.ask({ model: 'other/m', ...named }, 'app')
    expect(inputOf(stranger)).toEqual(named.input)
  })
})
