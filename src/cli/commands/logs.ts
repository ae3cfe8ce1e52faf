import type {
  AttemptJson,
  CallJson,
  CallsJson,
  WholeCallJson,
} from '../../server/contract/calls.ts'
import { type Client, connect } from '../client.ts'
import { csv, type CsvColumn } from '../csv.ts'
import { type Command, type Context, type ExitCode, UsageError } from '../command.ts'
import {
  dim,
  dollars,
  duration,
  green,
  grouped,
  printable,
  type Printer,
  red,
  table,
} from '../print.ts'
import { feedbackText } from '../feedback.ts'
import { inputKinds, outputKinds, unitText } from '../usage.ts'

export const logs: Command = {
  name: 'logs',
  summary: 'Calls on the ledger: the newest first, one in full, or as they come',
  usage: '[CALL_ID]',
  options: {
    follow: { short: 'f', says: 'show calls as they come, until Ctrl-C' },
    limit: { value: 'N', short: 'n', says: 'how many calls, 1 to 1000 (20)' },
    since: { value: 'WHEN', says: 'a date, an instant, or how long ago: 24h, 7d' },
    until: { value: 'WHEN', says: 'as since' },
    task: { value: 'NAME', says: 'of this task alone' },
    model: { value: 'PROVIDER/MODEL', says: 'of this model alone' },
    provider: { value: 'ID', says: 'of this provider alone' },
    key: { value: 'ID', says: 'of this key alone' },
    customer: { value: 'NAME', says: 'of this customer alone' },
    feature: { value: 'NAME', says: 'of this feature alone' },
    session: { value: 'ID', says: 'of this session alone' },
    csv: { says: 'comma-separated lines for a spreadsheet instead of a table' },
    status: { value: 'ok|error', says: 'those that were answered, or those that were not' },
  },
  positionals: { least: 0, most: 1 },
  run: async (context) => {
    const client = await connect(context)
    try {
      const [id] = context.arguments
      if (context.flag('csv') && (context.json || id !== undefined))
        throw new UsageError('--csv is for the list of calls, and takes neither --json nor an id.')
      if (id !== undefined) return await showOne(client, id, context)
      return context.flag('follow') ? await follow(client, context) : await list(client, context)
    } finally {
      await client.close()
    }
  },
}

async function list(client: Client, context: Context): Promise<ExitCode> {
  const { calls } = await client.get<CallsJson>(
    `/api/calls?${queryOf(context, context.option('limit') ?? '20')}`,
  )
  if (context.json) context.print.out(JSON.stringify({ calls }))
  else if (context.flag('csv')) context.print.out(csv(calls, csvColumns).trimEnd())
  else if (calls.length === 0)
    context.print.out(
      'No calls are on the ledger yet that fit. Make one, and it is here within a second.',
    )
  else context.print.out(callTable(calls, context.print))
  return 0
}

const pollMs = 500
/** Calls that are shown before the following begins. */
const backlog = '10'

async function follow(client: Client, context: Context): Promise<ExitCode> {
  const { print, json, signal } = context
  const first = await client.get<CallsJson>(
    `/api/calls?${queryOf(context, context.option('limit') ?? backlog)}`,
  )
  const show = (calls: readonly CallJson[], head: boolean): void => {
    if (json) for (const call of calls) print.out(JSON.stringify(call))
    else if (context.flag('csv')) {
      const lines = csv(calls, csvColumns, head).trimEnd()
      if (lines !== '') print.out(lines)
    } else if (calls.length > 0) {
      const text = callTable(calls, print)
      print.out(head ? text : text.slice(text.indexOf('\n') + 1))
    }
  }
  show(first.calls.toReversed(), true)
  let last = first.calls[0]?.id ?? null
  let headed = first.calls.length > 0
  while (!signal.aborted) {
    await pause(signal)
    const after = last === null ? '' : `&after=${last}`
    const { calls } = await client.get<CallsJson>(`/api/calls?${queryOf(context, '1000')}${after}`)
    const fresh = last === null ? calls.toReversed() : calls
    show(fresh, !headed)
    headed ||= fresh.length > 0
    last = fresh.at(-1)?.id ?? last
  }
  return 0
}

function pause(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = (): void => {
    clearTimeout(timer)
    resolve()
  }
  const timer = setTimeout(() => {
    signal.removeEventListener('abort', done)
    resolve()
  }, pollMs)
  signal.addEventListener('abort', done, { once: true })
  return promise
}

async function showOne(client: Client, id: string, { json, print }: Context): Promise<ExitCode> {
  const call = await client.get<WholeCallJson>(`/api/calls/${encodeURIComponent(id)}`)
  print.out(json ? JSON.stringify(call) : wholeText(call, print))
  return 0
}

function callTable(calls: readonly CallJson[], print: Printer): string {
  return table(
    calls,
    [
      { title: 'TIME', value: ({ at }) => localTime(at) },
      { title: 'CALL', value: ({ id }) => id },
      { title: 'ASKED', value: ({ model_asked: asked }) => asked, shrinks: true },
      { title: 'ANSWERED', value: ({ model }) => model ?? '-', shrinks: true },
      { title: 'IN', value: (call) => tokens(call, inputKinds), right: true },
      { title: 'OUT', value: (call) => tokens(call, outputKinds), right: true },
      { title: 'COST', value: ({ cost_usd: cost }) => dollars(cost), right: true },
      {
        title: 'TOOK',
        value: ({ attempts }) => duration(sum(attempts, ({ timings_us: { total } }) => total)),
        right: true,
      },
      {
        title: 'STATE',
        value: ({ end_state: state, error_code: code }) =>
          code === null ? state : `${state} ${code}`,
      },
    ],
    print,
  )
}

/** What a spreadsheet adds up: bare numbers, dollars as decimals, and nothing where something is not known. */
const csvColumns: readonly CsvColumn<CallJson>[] = [
  { title: 'time', value: ({ at }) => at },
  { title: 'call', value: ({ id }) => id },
  { title: 'model_asked', value: ({ model_asked: asked }) => asked },
  { title: 'task', value: ({ task }) => task },
  { title: 'model', value: ({ model }) => model },
  { title: 'key', value: (call) => ofFirst(call, ({ key }) => key) },
  { title: 'customer', value: (call) => ofFirst(call, ({ customer }) => customer) },
  { title: 'feature', value: (call) => ofFirst(call, ({ feature }) => feature) },
  { title: 'session', value: (call) => ofFirst(call, ({ session }) => session) },
  { title: 'attempts', value: ({ attempts }) => attempts.length },
  { title: 'input_tokens', value: (call) => counted(call, inputKinds) },
  { title: 'output_tokens', value: (call) => counted(call, outputKinds) },
  { title: 'cost_usd', value: ({ cost_usd: cost }) => (cost === null ? null : { usd: cost }) },
  {
    title: 'total_us',
    value: ({ attempts }) => sum(attempts, ({ timings_us: { total } }) => total),
  },
  { title: 'end_state', value: ({ end_state: state }) => state },
  { title: 'error_code', value: ({ error_code: code }) => code },
]

function ofFirst(
  { attempts }: CallJson,
  value: (attempt: AttemptJson) => string | null,
): string | null {
  const [first] = attempts
  return first ? value(first) : null
}

function wholeText(call: WholeCallJson, print: Printer): string {
  const mark = call.ok ? 'answered' : call.end_state
  const colour = call.ok ? green : red
  const lines = [
    `${call.id}  ${print.colour ? colour(mark) : mark}`,
    `${localTime(call.at)}  asked ${printable(call.model_asked)}${call.task === null ? '' : ' (task)'}, cost ${dollars(call.cost_usd)}`,
    '',
    table(
      call.attempts,
      [
        { title: '#', value: ({ attempt }) => String(attempt) },
        { title: 'ROLE', value: ({ role }) => role },
        {
          title: 'MODEL',
          value: ({ provider, model }) => (provider === null ? '-' : `${provider}/${model}`),
          shrinks: true,
        },
        { title: 'WHY', value: ({ reason }) => reason ?? '-', shrinks: true },
        {
          title: 'STATUS',
          value: ({ status }) => (status === null ? '-' : String(status)),
          right: true,
        },
        {
          title: 'FIRST',
          value: ({ timings_us: { first_content: us } }) => duration(us),
          right: true,
        },
        { title: 'TOTAL', value: ({ timings_us: { total } }) => duration(total), right: true },
        { title: 'COST', value: ({ cost_usd: cost }) => dollars(cost), right: true },
        { title: 'PRICE', value: ({ price_id: price }) => price ?? '-', shrinks: true },
        {
          title: 'STATE',
          value: ({ end_state: state, error_code: code }) =>
            code === null ? state : `${state} ${code}`,
        },
      ],
      print,
    ),
  ]
  for (const attempt of call.attempts) {
    if (attempt.tokens)
      lines.push(
        '',
        `tokens of attempt ${attempt.attempt} (${attempt.usage_source}): ${tokenText(attempt)}`,
        ...(unitText(attempt.units) === ''
          ? []
          : [`units of attempt ${attempt.attempt}: ${unitText(attempt.units)}`]),
      )
    if (attempt.mode !== null) lines.push(`served as: ${printable(attempt.mode)}`)
    if (attempt.saved_by !== null)
      lines.push(
        `saved by ${printable(attempt.saved_by)}: ${attempt.saved_usd === null ? 'not known' : dollars(attempt.saved_usd)}`,
      )
    if (attempt.adapted !== null) lines.push(`adapted: ${printable(attempt.adapted)}`)
    if (attempt.error_text !== null) lines.push(`error: ${printable(attempt.error_text)}`)
  }
  for (const each of call.feedback) lines.push('', `feedback: ${feedbackText(each)}`)
  const note = call.payload_note === null ? null : `payload: ${call.payload_note}`
  if (note) lines.push('', print.colour ? dim(note) : note)
  if (call.request !== null) lines.push('', 'request:', JSON.stringify(call.request, null, 2))
  for (const [attempt, answer] of Object.entries(call.answers)) {
    lines.push(
      '',
      `answer of attempt ${attempt}:`,
      typeof answer === 'string' ? printable(answer) : JSON.stringify(answer, null, 2),
    )
  }
  return lines.join('\n')
}

function tokens(call: CallJson, kinds: readonly string[]): string {
  const count = counted(call, kinds)
  return count === null ? '-' : grouped(count)
}

/** Null where nobody counted. */
function counted({ attempts }: CallJson, kinds: readonly string[]): number | null {
  const known = attempts.filter((attempt) => attempt.tokens !== null)
  if (known.length === 0) return null
  return known.reduce(
    (all, { tokens: each }) => all + kinds.reduce((part, kind) => part + (each?.[kind] ?? 0), 0),
    0,
  )
}

function tokenText({ tokens: counts }: AttemptJson): string {
  const used = Object.entries(counts ?? {}).filter(([, count]) => count > 0)
  return used.map(([kind, count]) => `${kind} ${grouped(count)}`).join(', ') || 'none'
}

function sum(
  attempts: readonly AttemptJson[],
  value: (attempt: AttemptJson) => number | null,
): number | null {
  const known = attempts.map(value).filter((each) => each !== null)
  return known.length === 0 ? null : known.reduce((left, right) => left + right, 0)
}

/** '2026-11-21 14:03:07' where the user is. */
function localTime(iso: string): string {
  const at = new Date(iso)
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

const filters = [
  'task',
  'model',
  'provider',
  'key',
  'customer',
  'feature',
  'session',
  'status',
  'since',
  'until',
]

function queryOf(context: Context, limit: string): string {
  if (!/^\d+$/.test(limit) || Number(limit) < 1 || Number(limit) > 1_000) {
    throw new UsageError('--limit takes a whole number from 1 to 1000.')
  }
  const query = new URLSearchParams({ limit })
  for (const name of filters) {
    const value = context.option(name)
    if (value !== undefined) query.set(name, value)
  }
  return query.toString()
}
