import { describe, expect, test } from 'bun:test'
import type { Call, Chat, Message, Part } from '../../core/call.ts'
import type { Instant } from '../../core/clock.ts'
import type { ChatReply, ReplyPart } from '../../core/reply.ts'
import type { TurnWants } from '../../dialects/dialect.ts'
import { MemoryShelf } from '../../store/memory-shelf.ts'
import type { Shelf } from '../../store/ports.ts'
import { Vault } from './vault.ts'

const now = (): Instant => 1_795_262_400_000_000 as Instant
const web = { keyId: 'web', words: 'full' } as const
const kimi = { provider: 'moonshot', model: 'kimi-k2.6' }
const claude = { provider: 'anthropic', model: 'claude-sonnet-5' }
const text: TurnWants = { thoughts: 'text' }
const always: TurnWants = { thoughts: 'text', everyTurn: true }

const extra = {}
const said = (content: string): Part => ({ type: 'text', text: content, extra })
const thought = (content: string, signature: string | null = null): ReplyPart => ({
  type: 'reasoning',
  text: content,
  signature,
  sealed: null,
  extra,
})
const called = (id: string, args = '{"city":"Oslo"}'): ReplyPart => ({
  type: 'toolCall',
  id,
  name: 'weather',
  arguments: args,
  extra,
})
const message = (role: Message['role'], ...parts: Part[]): Message => ({
  role,
  parts,
  name: null,
  extra,
})
const user = (content: string): Message => message('user', said(content))

function callOf(...messages: Message[]): Call {
  const meaning = () => ({ operation: 'chat', messages }) as unknown as Chat
  return { operation: 'chat', meaning } as unknown as Call
}

function replyOf(...parts: ReplyPart[]): ChatReply {
  const choice = { index: 0, parts, ending: null, logprobs: null, extra }
  return {
    operation: 'chat',
    id: null,
    model: null,
    createdS: null,
    choices: [choice],
    measured: null,
    extra,
  }
}

function aVault(): { vault: Vault; asked: string[] } {
  const shelf = new MemoryShelf(now, 1_000_000)
  const asked: string[] = []
  const watched: Shelf = {
    put: (item) => shelf.put(item),
    remove: (kind, id) => shelf.remove(kind, id),
    list: (query) => shelf.list(query),
    settled: () => shelf.settled(),
    get: (kind, id) => {
      asked.push(`${kind} ${id}`)
      return shelf.get(kind, id)
    },
  }
  return { vault: new Vault(watched, now), asked }
}

const unique = 'call_a1b2c3d4e5f6g7h8'
const counted = 'weather:0'

describe('the vault', () => {
  test('knows a turn by a random id, whatever stands before it', async () => {
    const { vault } = aVault()
    vault.remember(
      callOf(user('Oslo?')),
      replyOf(thought('Cold.'), called(unique)),
      kimi,
      web,
      () => text,
    )
    const later = callOf(user('Summary: Oslo.'), message('assistant', called(unique)))
    const recall = await vault.recall(later, text, kimi, web)
    expect(recall?.turn([unique], '', 0)?.thoughts.map((part) => part.text)).toEqual(['Cold.'])
  })

  test('knows a turn whose id is counted by all that was said before it', async () => {
    const { vault } = aVault()
    const before = [message('system', said('Serve Ann.')), user('Oslo?')]
    vault.remember(
      callOf(...before),
      replyOf(thought('For Ann.'), called(counted)),
      kimi,
      web,
      () => text,
    )
    const turn = message('assistant', called(counted, '{ "city" : "Oslo" }'))
    const same = await vault.recall(callOf(...before, turn), text, kimi, web)
    expect(same?.turn([counted], '', 0)?.thoughts).toHaveLength(1)
    const others = [
      [message('system', said('Serve Bob.')), user('Oslo?'), turn],
      [...before, message('assistant', called(counted, '{"city":"Rome"}'))],
      [user('Oslo?'), turn],
    ]
    for (const other of others) {
      const recall = await vault.recall(callOf(...other), text, kimi, web)
      expect(recall?.turn([counted], '', 0) ?? null).toBeNull()
    }
  })

  test('knows a turn without calls by its text and what stood before it', async () => {
    const { vault } = aVault()
    vault.remember(
      callOf(user('Is it?')),
      replyOf(thought('It is.'), said('Yes.') as ReplyPart),
      kimi,
      web,
      () => always,
    )
    const yes = message('assistant', said('Yes.'))
    const same = await vault.recall(callOf(user('Is it?'), yes), always, kimi, web)
    expect(same?.turn([], 'Yes.', 0)?.thoughts).toHaveLength(1)
    const other = await vault.recall(callOf(user('Was it?'), yes), always, kimi, web)
    expect(other?.turn([], 'Yes.', 0) ?? null).toBeNull()
  })

  test('tells turns of one name apart by their places', async () => {
    const { vault } = aVault()
    const past: Message[] = []
    const remember = (asked: string, reasoned: string, ...parts: ReplyPart[]): void => {
      past.push(user(asked))
      const reply = replyOf(thought(reasoned), ...parts)
      vault.remember(callOf(...past), reply, kimi, web, () => always)
      past.push(message('assistant', ...parts))
    }
    remember('Oslo?', 'About Oslo.', called(counted))
    remember('Rome?', 'About Rome.', called(counted), called(unique))
    remember('Is 2 even?', '2 is.', said('Yes.') as ReplyPart)
    remember('Is 3 odd?', '3 is.', said('Yes.') as ReplyPart)
    remember('Is 4 odd?', '4 is not.', said('No.') as ReplyPart)
    const recall = await vault.recall(callOf(...past), always, kimi, web)
    const thoughtIn = (place: number, ids: string[], words = '') =>
      recall?.turn(ids, words, place)?.thoughts[0]?.text
    expect(thoughtIn(0, [counted])).toBe('About Oslo.')
    expect(thoughtIn(1, [counted, unique])).toBe('About Rome.')
    expect(thoughtIn(2, [], 'Yes.')).toBe('2 is.')
    expect(thoughtIn(3, [], 'Yes.')).toBe('3 is.')
    expect(thoughtIn(4, [], 'Yes.')).toBeUndefined()
    expect(thoughtIn(9, [], 'No.')).toBe('4 is not.')
  })

  test('finds a turn by any of its calls', async () => {
    const { vault } = aVault()
    const second = 'call_z9y8x7w6v5u4t3s2'
    const reply = replyOf(thought('Both.'), called(unique), called(second))
    vault.remember(callOf(user('Oslo?')), reply, kimi, web, () => text)
    const turn = message('assistant', called(second))
    const recall = await vault.recall(callOf(user('Oslo?'), turn), text, kimi, web)
    expect(recall?.turn([second], '', 0)?.thoughts[0]?.text).toBe('Both.')
  })

  test('gives nothing of one key to another', async () => {
    const { vault } = aVault()
    vault.remember(
      callOf(user('Oslo?')),
      replyOf(thought('Cold.'), called(unique)),
      kimi,
      web,
      () => text,
    )
    const call = callOf(user('Oslo?'), message('assistant', called(unique)))
    const recall = await vault.recall(call, text, kimi, { keyId: 'app', words: 'full' })
    expect(recall?.turn([unique], '', 0) ?? null).toBeNull()
  })

  test('gives what is signed to its maker, and to others the text alone', async () => {
    const { vault } = aVault()
    const reply = replyOf(thought('Cold.', 'sig-1'), called(unique))
    vault.remember(callOf(user('Oslo?')), reply, claude, web, () => null)
    const call = callOf(
      user('Oslo?'),
      message('assistant', thought('Cold.', 'sig-1'), called(unique)),
    )
    const lost = callOf(user('Oslo?'), message('assistant', called(unique)))
    const own = await vault.recall(lost, { thoughts: 'signed' }, claude, web)
    expect(own?.turn([unique], '', 0)).toMatchObject({
      foreign: false,
      thoughts: [{ text: 'Cold.', signature: 'sig-1' }],
    })
    const other = await vault.recall(lost, text, kimi, web)
    expect(other?.turn([unique], '', 0)).toMatchObject({
      foreign: true,
      thoughts: [{ text: 'Cold.', signature: null }],
    })
    expect((await vault.recall(call, null, kimi, web))?.mayTake('sig-1')).toBe(false)
    expect((await vault.recall(call, null, claude, web))?.mayTake('sig-1')).toBe(true)
    const bedrock = { provider: 'bedrock', model: 'eu.anthropic.claude-sonnet-5-v1:0' }
    expect((await vault.recall(call, null, bedrock, web))?.mayTake('sig-1')).toBe(true)
    const unknown = callOf(message('assistant', thought('Hm.', 'sig-2')))
    expect((await vault.recall(unknown, null, kimi, web))?.mayTake('sig-2')).toBe(true)
  })

  test('looks for nothing that the caller has sent, or that is not wanted', async () => {
    const { vault, asked } = aVault()
    const full = message('assistant', thought('Cold.'), called(unique))
    await vault.recall(callOf(user('Oslo?'), full), text, kimi, web)
    await vault.recall(callOf(user('Oslo?'), message('assistant', called(unique))), null, kimi, web)
    await vault.recall(callOf(user('Oslo?'), message('assistant', said('Hi.'))), text, kimi, web)
    expect(asked).toEqual([])
  })

  test('keeps nothing of answers that leave nothing', async () => {
    const { vault } = aVault()
    vault.remember(callOf(user('Oslo?')), replyOf(called(unique)), kimi, web, () => text)
    const call = callOf(user('Oslo?'), message('assistant', called(unique)))
    expect((await vault.recall(call, text, kimi, web))?.turn([unique], '', 0) ?? null).toBeNull()
  })
})
