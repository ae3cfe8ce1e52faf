import { isoText } from '../core/clock.ts'
import { callNotFound, idempotencyKeyReused, invalidRequest } from '../core/errors.ts'
import { isCallId, newCallId } from '../core/ids.ts'
import type { AttemptRecord } from '../core/record.ts'
import type { ApiKey } from '../gateway/pipeline/snapshot.ts'
import { type FeedbackQuery, type FeedbackRow, feedbackSources } from '../store/feedback.ts'
import type { Store } from '../store/ports.ts'
import type { Asked } from './asked.ts'
import type { FeedbackJson, FeedbackPageJson } from './contract/feedback.ts'
import { answering } from './json.ts'
import { countOf, inOrder, instantOf, optional } from './query.ts'

/** POST /v1/feedback: what became of an answer, told by whoever asked for it. GET /api/feedback: all of it. */

const known = [
  'id',
  'call_id',
  'session',
  'name',
  'source',
  'score',
  'label',
  'comment',
  'correction',
]
const nameMax = 100
const labelMax = 200
const commentMax = 20_000
const correctionMax = 200_000

/** @throws invalid_request, call_not_found, idempotency_key_reused */
export async function giveFeedback({ key, header, readBody, control }: Asked): Promise<unknown> {
  const { value } = await readBody()
  const said = readFeedback(value)
  const { store } = control
  const about = await targetOf(said, key, store)
  const named = textOf(value, 'id', nameMax) ?? header('idempotency-key')
  if (named !== null && named.length > nameMax)
    throw invalidRequest(`Idempotency-Key may have ${nameMax} characters.`).at('id')
  const digest = new Bun.CryptoHasher('sha256').update(JSON.stringify(said)).digest('hex')
  const row: FeedbackRow = {
    id: `fb_${newCallId()}`,
    at: control.clock.now(),
    ...about,
    keyId: key.id,
    name: said.name,
    source: said.source,
    score: said.score,
    label: said.label,
    comment: said.comment,
    correction: said.correction,
    repeatId: named,
    digest,
  }
  const kept = await store.addFeedback(row, control.snapshot().payloads)
  if (kept.digest !== digest) throw idempotencyKeyReused()
  return { object: 'feedback', ...feedbackJson(kept) }
}

interface Said extends Pick<
  FeedbackRow,
  'name' | 'source' | 'score' | 'label' | 'comment' | 'correction'
> {
  readonly callId: string | null
  readonly session: string | null
}

/** @throws invalid_request */
function readFeedback(value: Readonly<Record<string, unknown>>): Said {
  const strange = Object.keys(value).find((name) => !known.includes(name))
  if (strange !== undefined)
    throw invalidRequest(
      `Feedback has no member ${JSON.stringify(strange.slice(0, 40))}. It has ${known.join(', ')}.`,
    ).at(strange.slice(0, 40))
  const callId = textOf(value, 'call_id', 100)
  const session = textOf(value, 'session', 1_000)
  if ((callId === null) === (session === null))
    throw invalidRequest(
      'Feedback is about one call or one session: send call_id, which is the x-request-id of the answer, or session.',
    ).at('call_id')
  const source = textOf(value, 'source', nameMax) ?? 'end_user'
  const knownSource = feedbackSources.find((each) => each === source)
  if (knownSource === undefined)
    throw invalidRequest(`'source' has to be one of ${feedbackSources.join(', ')}.`).at('source')
  const correction = correctionOf(value['correction'])
  const said: Said = {
    callId,
    session,
    name: textOf(value, 'name', nameMax) ?? 'quality',
    source: knownSource,
    score: scoreOf(value['score']),
    label: textOf(value, 'label', labelMax),
    comment: textOf(value, 'comment', commentMax),
    correction,
  }
  if (said.score === null && said.label === null && said.comment === null && correction === null)
    throw invalidRequest(
      'Feedback says something: send score, label, comment or correction, or several of them.',
    ).at('score')
  if (session !== null && correction !== null)
    throw invalidRequest(
      'A correction is of one answer: send call_id instead of session with it.',
    ).at('correction')
  return said
}

function textOf(
  value: Readonly<Record<string, unknown>>,
  name: string,
  most: number,
): string | null {
  const found = value[name]
  if (found === undefined || found === null) return null
  if (typeof found !== 'string' || found === '' || found.length > most)
    throw invalidRequest(`'${name}' has to be text of 1 to ${most} characters.`).at(name)
  return found
}

function scoreOf(found: unknown): number | null {
  if (found === undefined || found === null) return null
  if (typeof found === 'boolean') return Number(found)
  if (typeof found === 'number' && found >= 0 && found <= 1) return found
  throw invalidRequest(
    "'score' has to be a number from 0 (wrong) to 1 (right), or true or false. Stars of five are (stars - 1) / 4, and a scale from -1 to 1 is (value + 1) / 2.",
  ).at('score')
}

function correctionOf(found: unknown): string | null {
  if (found === undefined || found === null) return null
  const text = JSON.stringify(found)
  if (found !== '' && text.length <= correctionMax) return text
  throw invalidRequest(
    `'correction' is what the answer should have been, as text or JSON of up to ${correctionMax} characters.`,
  ).at('correction')
}

type About = Pick<FeedbackRow, 'target' | 'task' | 'model'>

/** A caller speaks of its own calls alone; that there are others, it is not told. @throws call_not_found */
async function targetOf({ callId, session }: Said, key: ApiKey, store: Store): Promise<About> {
  if (callId !== null) {
    const id = callId.toLowerCase()
    const call = isCallId(id) ? await store.call(id) : null
    if (call === null || !isOf(key, call.attempts)) throw callNotFound(callId.slice(0, 60))
    const last = answering(call.attempts)
    const answered = last?.endState === 'complete' && last.provider !== null
    return {
      target: { kind: 'call', id },
      task: call.attempts[0]!.task,
      model: answered ? `${last.provider}/${last.model}` : null,
    }
  }
  const attempts = await attemptsOf(session!, key, store)
  if (attempts.length === 0) throw callNotFound(`session ${session!.slice(0, 60)}`)
  const tasks = new Set(attempts.map(({ task }) => task))
  return {
    target: { kind: 'session', id: session! },
    task: tasks.size === 1 ? attempts[0]!.task : null,
    model: null,
  }
}

function isOf(key: ApiKey, attempts: readonly AttemptRecord[]): boolean {
  return key.role === 'admin' || attempts.every(({ keyId }) => keyId === key.id)
}

/** Pages of a search that may be empty, because a session is rare among all calls. */
const pagesMax = 50

async function attemptsOf(
  session: string,
  key: ApiKey,
  store: Store,
): Promise<readonly AttemptRecord[]> {
  const filters = key.role === 'admin' ? {} : { key: key.id }
  let before: Parameters<Store['calls']>[0]['before']
  for (let page = 0; page < pagesMax; page += 1) {
    const { attempts, next } = await store.calls({
      filters,
      session,
      limit: 100,
      ...(before === undefined ? {} : { before }),
    })
    if (attempts.length > 0 || next === null) return attempts
    before = next
  }
  return []
}

function feedbackJson(row: FeedbackRow): FeedbackJson {
  const { id, at, target, keyId, task, model, name, source, score, label, comment } = row
  return {
    id,
    at: isoText(at),
    call_id: target.kind === 'call' ? target.id : null,
    session: target.kind === 'session' ? target.id : null,
    key: keyId,
    task,
    model,
    name,
    source,
    score,
    label,
    comment,
    correction: row.correction === null ? null : (JSON.parse(row.correction) as unknown),
  }
}

export async function listFeedback({ control, query }: Asked): Promise<FeedbackPageJson> {
  const limit = countOf(query, 'limit', 100, 1_000)
  const asked: FeedbackQuery = inOrder(query, {
    latest: query.get('all') === null,
    limit,
    ...optional('call', query.get('call')),
    ...optional('session', query.get('session')),
    ...optional('task', query.get('task')),
    ...optional('model', query.get('model')),
    ...optional('since', instantOf(query, 'since', control)),
    ...optional('until', instantOf(query, 'until', control)),
    ...optional('before', query.get('before')),
  })
  const rows = await control.store.feedback(asked)
  return {
    feedback: rows.map(feedbackJson),
    next: rows.length < limit ? null : rows.at(-1)!.id,
  }
}

/** What counts of the feedback to a call, the oldest first. */
export async function feedbackOf(store: Store, call: string): Promise<readonly FeedbackJson[]> {
  const rows = await store.feedback({ call, latest: true, limit: 1_000 })
  return rows.toReversed().map(feedbackJson)
}
