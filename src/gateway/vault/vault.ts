import { type Call, chatOf } from '../../core/call.ts'
import type { Instant } from '../../core/clock.ts'
import type { Choice, Reply } from '../../core/reply.ts'
import type { Recall, RecalledTurn, TurnWants } from '../../dialects/dialect.ts'
import type { Shelf, ShelfWords } from '../../store/ports.ts'
import { signedKey, type Turn, turnAfter, turnsOf } from './turn.ts'

/** Who thought and signed: what it signed, nobody else takes back. */
export interface Maker {
  readonly provider: string
  readonly model: string
}

/** Whose turns they are, and what of their words may be written to the disk. */
export interface Whose {
  readonly keyId: string
  readonly words: Exclude<ShelfWords, 'absent'>
  /** For whom the call was made, where somebody said so. */
  readonly customer?: string
}

/** People come back to a conversation within days. */
const keptUs = 7 * 86_400_000_000

/**
 * Remembers what models want back with the next turn, for clients that lose it: thoughts, signatures,
 * and what stood beside tool calls. See decision 0013.
 */
export class Vault {
  readonly #shelf: Shelf
  readonly #now: () => Instant

  constructor(shelf: Shelf, now: () => Instant) {
    this.#shelf = shelf
    this.#now = now
  }

  /**
   * What is known of a call's past turns that its next model wants and the caller did not send, and
   * who made the signatures that the caller sent. Null when there is nothing to be known.
   */
  async recall(
    call: Call,
    wants: TurnWants | null,
    to: Maker,
    { keyId }: Whose,
  ): Promise<Recall | null> {
    const chat = chatOf(call)
    if (chat === null) return null
    const turns = turnsOf(chat.messages, keyId)
    const signed = [...new Set(turns.flatMap((turn) => turn.signed))]
    const makers = new Map<string, Maker | null>(
      await Promise.all(signed.map(async (text) => [text, await this.#makerOf(text)] as const)),
    )
    const mayTake = (text: string): boolean => {
      const maker = makers.get(text) ?? null
      return maker === null || takes(to, maker)
    }
    const shared = sharedNames(turns)
    const left = new Map<string, RecalledTurn>()
    await Promise.all(
      turns.map(async (turn, place) => {
        if (wants === null || !lacks(turn, wants, mayTake)) return
        const state = await this.#find(turn)
        if (state === null) return
        const recalled = recalledFor(state, to)
        for (const name of namesOf(turn.callIds, turn.text))
          left.set(shared.has(name) ? nameAt(place, name) : name, recalled)
      }),
    )
    return {
      turn: (callIds, text, place) => {
        for (const name of namesOf(callIds, text)) {
          const recalled = left.get(name) ?? left.get(nameAt(place, name))
          if (recalled) return recalled
        }
        return null
      },
      mayTake,
    }
  }

  /**
   * Keeps what an answer leaves to the next turn, when it leaves anything.
   * @param wantsOf  what its own model wants back: a turn without tool calls is kept for that alone
   */
  remember(
    call: Call,
    reply: Reply,
    by: Maker,
    whose: Whose,
    wantsOf: () => TurnWants | null,
  ): void {
    if (reply.operation !== 'chat') return
    for (const { parts } of reply.choices) {
      if (!parts.some(isState)) continue
      const chat = chatOf(call)
      if (chat === null) return
      const turn = turnAfter(chat, parts, whose.keyId)
      for (const text of turn.signed) this.#put('maker', signedKey(text), {}, by, 'absent')
      if (turn.calls.length === 0 && wantsOf()?.everyTurn !== true) continue
      const state: State = {
        maker: by,
        thoughts: turn.thoughts.map(({ text, signature, sealed }) => ({ text, signature, sealed })),
        calls: turn.calls.flatMap(({ id, signature, extra }) =>
          signature === undefined && Object.keys(extra).length === 0
            ? []
            : [[id, signature === undefined ? { extra } : { signature, extra }] as const],
        ),
      }
      const [key, ...others] = turn.keys
      this.#put('turn', key, whose, state, whose.words)
      for (const other of others) {
        this.#put('turn', other, whose, { see: key } satisfies Pointer, 'absent')
      }
    }
  }

  #put(
    kind: string,
    id: string,
    { keyId = null, customer }: { readonly keyId?: string | null; readonly customer?: string },
    value: State | Maker | Pointer,
    words: ShelfWords,
  ): void {
    const at = this.#now()
    const whose = { owner: keyId, ...(customer === undefined ? {} : { customer }) }
    const item = { kind, id, ...whose, value: JSON.stringify(value), at }
    this.#shelf.put({ ...item, expiresAt: (at + keptUs) as Instant }, words)
  }

  async #find({ keys }: Turn): Promise<State | null> {
    for (const key of keys) {
      const found = await this.#read<State | Pointer>('turn', key)
      if (found === null) continue
      const state = 'see' in found ? await this.#read<State | Pointer>('turn', found.see) : found
      if (state !== null && !('see' in state)) return state
    }
    return null
  }

  #makerOf(signed: string): Promise<Maker | null> {
    return this.#read<Maker>('maker', signedKey(signed))
  }

  async #read<Value>(kind: string, id: string): Promise<Value | null> {
    const item = await this.#shelf.get(kind, id)
    return item && (JSON.parse(item.value) as Value)
  }
}

/** As it lies on the shelf. */
interface State {
  readonly maker: Maker
  readonly thoughts: readonly {
    readonly text: string
    readonly signature: string | null
    readonly sealed: string | null
  }[]
  readonly calls: readonly (readonly [
    id: string,
    beside: { readonly signature?: string; readonly extra: Readonly<Record<string, unknown>> },
  ])[]
}

interface Pointer {
  readonly see: string
}

/** Whether an answer leaves anything to the next turn: few do. */
export function leavesState(reply: Reply): boolean {
  return reply.operation === 'chat' && reply.choices.some(hasState)
}

function hasState({ parts }: Choice): boolean {
  return parts.some(isState)
}

function isState(part: { readonly type: string; readonly signature?: string | null }): boolean {
  return part.type === 'reasoning' || typeof part.signature === 'string'
}

function lacks(turn: Turn, wants: TurnWants, mayTake: (signed: string) => boolean): boolean {
  const { thoughts, calls } = turn
  if (calls.length === 0 && wants.everyTurn !== true) return false
  const isSigned = ({ signature, sealed }: (typeof thoughts)[number]): boolean =>
    [signature, sealed].some((text) => text !== null && text !== '' && mayTake(text))
  if (wants.thoughts === 'text' && thoughts.every(({ text }) => text.trim() === '')) return true
  if (wants.thoughts === 'signed' && !thoughts.some(isSigned)) return true
  return (
    wants.calls === true &&
    calls.length > 0 &&
    calls.every(
      ({ signature, extra }) =>
        (signature === undefined || !mayTake(signature)) && Object.keys(extra).length === 0,
    )
  )
}

/** What is signed goes to its maker alone; thoughts as text are nobody's. */
function recalledFor({ maker, thoughts, calls }: State, to: Maker): RecalledTurn {
  const own = takes(to, maker)
  const parts = thoughts.map(
    ({ text, signature, sealed }) =>
      ({
        type: 'reasoning',
        text,
        signature: own ? signature : null,
        sealed: own ? sealed : null,
        extra: {},
      }) as const,
  )
  return {
    thoughts: parts.filter((part) => part.text !== '' || part.sealed !== null),
    calls: new Map(own ? calls : []),
    foreign:
      !own &&
      (calls.length > 0 ||
        thoughts.some((part) => part.signature !== null || part.sealed !== null)),
  }
}

/**
 * One provider takes back what its other models signed, and so do the hosts of Claude among each
 * other.
 * @see https://docs.claude.com/en/docs/build-with-claude/extended-thinking (read 2026-11-22)
 */
function takes(to: Maker, maker: Maker): boolean {
  if (to.provider === maker.provider) return true
  return /claude/i.test(to.model) && /claude/i.test(maker.model)
}

/** Names of two turns, as of models that count their calls anew in each, or say 'Yes.' again. */
function sharedNames(turns: readonly Turn[]): ReadonlySet<string> {
  const [seen, shared] = [new Set<string>(), new Set<string>()]
  for (const { callIds, text } of turns) {
    for (const name of new Set(namesOf(callIds, text))) {
      if (seen.has(name)) shared.add(name)
      seen.add(name)
    }
  }
  return shared
}

function nameAt(place: number, name: string): string {
  return `${place} ${name}`
}

/** By what a turn is asked for: nearly always it is the only one of its conversation. */
function namesOf(callIds: readonly string[], text: string): string[] {
  return callIds.length > 0 ? callIds.map((id) => `call ${id}`) : [`text ${text}`]
}
