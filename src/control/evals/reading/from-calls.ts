import type { Answered, AskedTool, ChatMessage } from '../../../core/caller.ts'
import type { Extra } from '../../../core/extra.ts'
import { usd } from '../../../core/money.ts'
import { seeded } from '../../../core/random.ts'
import { wordsOfStream } from '../stream-words.ts'
import type { Fields } from './fields.ts'
import type { Findings } from './findings.ts'

/** A call of the past, as a case. */
export interface LoggedCase {
  readonly id: string
  readonly session: string | null
  readonly messages: readonly ChatMessage[]
  readonly params: Extra
  /** What was corrected by hand, else what was answered; undefined when neither is known. */
  readonly expected: unknown
  /** What was answered, and what was said of it, for graders that look at it. */
  readonly vars: Extra
  /** The answer of then, where it is to be graded instead of a new one by the same model. */
  readonly logged: Answered | null
}

export type LoggedCalls = (
  filter: Fields,
  findings: Findings,
  task: string | null,
) => Promise<readonly LoggedCase[]>

/** Asks a path of /api. @throws Error with a sentence */
export type AskApi = <Answer>(path: string) => Promise<Answer>

/** What of /api is read here. */
interface CallsPage {
  readonly calls: readonly {
    readonly id: string
    readonly ok: boolean
    readonly attempts: readonly { readonly operation: string; readonly feature: string | null }[]
  }[]
  readonly next: string | null
}

export interface WholeCall {
  readonly id: string
  readonly model?: string | null
  readonly cost_usd?: string | null
  readonly attempts: readonly {
    readonly attempt: number
    readonly session: string | null
    readonly dialect: string
    readonly end_state: string
    readonly tokens?: Readonly<Record<string, number>> | null
    readonly timings_us?: { readonly total: number | null }
  }[]
  readonly request: unknown
  readonly answers: Readonly<Record<string, unknown>>
  readonly payload_note: string | null
  readonly feedback?: readonly { readonly correction?: unknown }[]
}

const filters = [
  'task',
  'model',
  'customer',
  'feature',
  'session',
  'key',
  'since',
  'until',
  'status',
]
const known = [...filters, 'sample', 'seed', 'feedback', 'answers']
const pageSize = 1_000
/** Ids that a sample is drawn from; more are not listed. */
const listedMax = 100_000
const atOnce = 8

/** Takes cases from the calls that a gateway has on its ledger, with what was asked and answered then. */
export function loggedCalls(ask: AskApi): LoggedCalls {
  return async (filter, findings, task) => {
    filter.only(known, 'from_calls')
    const query = new URLSearchParams({ limit: String(pageSize), status: 'ok' })
    if (task !== null) query.set('task', task)
    for (const name of filters) {
      const value = filter.text(name)
      if (value !== null) query.set(name, value)
    }
    const sample = filter.number('sample', 1, 100_000, true) ?? 200
    const seed = filter.number('seed', 0, 2 ** 31, true) ?? 1
    const given = filter.choice('feedback', ['any', 'scored', 'corrected', 'ignored'], 'ignored')
    const answers = filter.choice('answers', ['new', 'logged'], 'new')
    const listed = await idsOf(ask, query)
    const wanted = given === 'ignored' ? null : await withFeedback(ask, query, given)
    const ids = wanted === null ? listed : listed.filter((id) => wanted.has(id))
    if (ids.length === 0) {
      findings.wrong(
        filter.spot.place,
        'No call on the ledger fits this filter. Look with: freehold logs',
      )
      return []
    }
    const kept: LoggedCase[] = []
    const missed = new Map<string, number>()
    const random = seeded(seed)
    // Drawn further than the sample, because some calls have no words left.
    const drawn = shuffled(ids, () => random.next())
    for (let at = 0; at < drawn.length && kept.length < sample; at += atOnce) {
      const some = drawn.slice(at, at + Math.min(atOnce, sample - kept.length))
      const calls = await Promise.all(
        some.map((id) => ask<WholeCall>(`/api/calls/${encodeURIComponent(id)}`)),
      )
      for (const call of calls) {
        const read = caseOf(call, answers === 'logged')
        if (typeof read === 'string') missed.set(read, (missed.get(read) ?? 0) + 1)
        else kept.push(read)
      }
    }
    for (const [why, count] of missed)
      findings.note(
        filter.spot.place,
        `${count} logged ${count === 1 ? 'call was' : 'calls were'} left out: ${why}.`,
      )
    if (kept.length === 0)
      findings.wrong(
        filter.spot.place,
        `None of ${ids.length} calls can be asked again: ${[...missed.keys()].join('; ')}. Prompts and answers are kept with payloads: full or payloads: redacted in freehold.yaml.`,
      )
    else if (kept.length < sample)
      findings.note(
        filter.spot.place,
        `A sample of ${sample} was asked for, and ${kept.length} calls could be had.`,
      )
    return kept
  }
}

async function idsOf(ask: AskApi, query: URLSearchParams): Promise<readonly string[]> {
  const ids: string[] = []
  const own = query.get('feature') !== null
  for (let next: string | null = ''; next !== null && ids.length < listedMax;) {
    const page: CallsPage = await ask(
      `/api/calls?${query}${next === '' ? '' : `&before=${encodeURIComponent(next)}`}`,
    )
    for (const { id, attempts } of page.calls) {
      const [first] = attempts
      if (first?.operation !== 'chat') continue
      // What evaluations and judges asked is no users' traffic, unless it is asked for by name.
      if (!own && internal.has(first.feature ?? '')) continue
      ids.push(id)
    }
    next = page.next
  }
  return ids
}

/** Calls of which something was said. */
async function withFeedback(
  ask: AskApi,
  query: URLSearchParams,
  given: 'any' | 'scored' | 'corrected',
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  const task = query.get('task')
  const of = task === null ? '' : `&task=${encodeURIComponent(task)}`
  for (let next: string | null = ''; next !== null && ids.size < listedMax;) {
    const page: FeedbackPage = await ask(
      `/api/feedback?limit=1000${of}${next === '' ? '' : `&before=${encodeURIComponent(next)}`}`,
    )
    for (const { call_id: id, score, correction } of page.feedback) {
      if (given === 'scored' && score === null) continue
      if (given === 'corrected' && correction === null) continue
      if (id !== null) ids.add(id)
    }
    next = page.next
  }
  return ids
}

interface FeedbackPage {
  readonly feedback: readonly {
    readonly call_id: string | null
    readonly score: number | null
    readonly correction: unknown
  }[]
  readonly next: string | null
}

const internal = new Set(['eval', 'judge', 'probe', 'replay'])

function shuffled<Item>(items: readonly Item[], draw: () => number): readonly Item[] {
  const mixed = [...items]
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = Math.floor(draw() * (at + 1))
    ;[mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!]
  }
  return mixed
}

/** @returns why it cannot be asked again, where it cannot */
export function caseOf(call: WholeCall, keepAnswer: boolean): LoggedCase | string {
  if (call.request === null)
    return call.payload_note === null
      ? 'what was asked was not kept'
      : `what was asked was not kept (${call.payload_note})`
  const last = call.attempts.findLast(({ end_state: state }) => state === 'complete')
  if (last === undefined) return 'it was not answered whole'
  if (last.dialect !== 'openai-chat' && last.dialect !== 'anthropic-messages')
    return `calls of ${last.dialect} cannot be asked again here yet`
  const request = call.request as Extra
  const {
    model: _,
    messages,
    stream: __,
    stream_options: ___,
    metadata: ____,
    user: _____,
    ...params
  } = request
  if (!Array.isArray(messages)) return 'its messages are not there'
  const correction = call.feedback?.findLast(
    (each) => each.correction !== undefined && each.correction !== null,
  )?.correction
  const answer = call.answers[String(last.attempt)]
  const said =
    wordsOfStream(answer) ??
    (last.dialect === 'openai-chat' ? openaiAnswer(answer) : anthropicAnswer(answer))
  const shared = {
    id: call.id,
    session: last.session,
    vars: { ...(said === undefined ? {} : { logged: said }), feedback: call.feedback ?? [] },
    logged: keepAnswer && typeof said === 'string' ? answeredThen(call, said, last) : null,
  }
  if (last.dialect === 'openai-chat')
    return {
      ...shared,
      messages: messages as readonly ChatMessage[],
      params,
      expected: correction ?? said,
    }
  const read = anthropicCall(request, messages as readonly Extra[])
  return typeof read === 'string' ? read : { ...shared, ...read, expected: correction ?? said }
}

function answeredThen(
  { id, model, cost_usd: cost }: WholeCall,
  text: string,
  { tokens, timings_us: timings }: WholeCall['attempts'][number],
): Answered {
  const counted = (...names: readonly string[]): number | null =>
    tokens === undefined || tokens === null
      ? null
      : names.reduce((sum, name) => sum + (tokens[name] ?? 0), 0)
  return {
    callId: id,
    model: model ?? null,
    text,
    refusal: null,
    toolCalls: [],
    finish: 'stop',
    inputTokens: counted('input', 'cache_read', 'cache_write', 'cache_write_1h'),
    outputTokens: counted('output', 'reasoning'),
    cost: cost === undefined || cost === null ? null : usd(cost),
    latencyMs: (timings?.total ?? 0) / 1_000,
    logprobs: null,
  }
}

function openaiAnswer(answer: unknown): unknown {
  const [choice] = (answer as { choices?: { message?: Extra }[] } | undefined)?.choices ?? []
  const calls = choice?.message?.['tool_calls'] as { function: AskedTool }[] | undefined
  if (calls !== undefined && calls.length > 0) return calls
  const content = choice?.message?.['content']
  return typeof content === 'string' ? content : undefined
}

/** Only words: tools and pictures have other shapes there. */
function anthropicCall(
  request: Extra,
  messages: readonly Extra[],
): Pick<LoggedCase, 'messages' | 'params'> | string {
  const other =
    'what is more than text in a call of anthropic-messages cannot be asked again here yet'
  if (request['tools'] !== undefined) return other
  const system = textOf(request['system'])
  const turns = messages.map(({ role, content }) => ({
    role: String(role),
    content: textOf(content),
  }))
  if (turns.some(({ content }) => content === null)) return other
  const names = ['temperature', 'top_p', 'max_tokens'] as const
  const params = Object.fromEntries(
    names.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]]])),
  )
  return {
    messages: [...(system === null ? [] : [{ role: 'system', content: system }]), ...turns],
    params,
  }
}

function anthropicAnswer(answer: unknown): unknown {
  return textOf((answer as { content?: unknown } | undefined)?.content) ?? undefined
}

function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return null
  const texts = content.map((part: Extra) => (part['type'] === 'text' ? part['text'] : null))
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : null
}
