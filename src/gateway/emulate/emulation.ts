import { type Call, type Chat, chatOf, type Message, noExtra, type Part } from '../../core/call.ts'
import type { ChatReply, Choice } from '../../core/reply.ts'
import type { Dialect, Emulates, Quirks } from '../../dialects/dialect.ts'
import { schemaStep } from './schema.ts'
import { type Step, told } from './step.ts'

/** What of a call its provider lacks, and how the gateway does it. */
export interface Emulation {
  /** As `x-freehold-adapted` says it: 'response_format~prompt'. */
  readonly words: readonly string[]
  /** How many times the call is asked. */
  readonly times: number
  /** How often the provider may be asked in all: for each answer, and once more for one that does not fit. */
  readonly asksMax: number
  /** What is asked in place of the call. */
  readonly call: Call
  /** What is wrong with an answer, in a sentence for the model; null when nothing is. */
  check(reply: ChatReply): string | null
  /** The call that asks once more. */
  again(reply: ChatReply, wrong: string): Call
  /** The answer as the caller wanted it. */
  give(reply: ChatReply): ChatReply
}

/** As many answers as are asked for one by one; a call for more is not emulated. */
const timesMax = 16

/** Null for calls of which the provider can do everything, which are nearly all. */
export function emulationOf(
  call: Call,
  dialect: Dialect,
  quirks: Quirks,
  model: string,
): Emulation | null {
  if (call.operation !== 'chat') return null
  if (quirks.emulates === undefined && call.n <= 1) return null
  return emulated(call, dialect, quirks.emulates ?? {}, model)
}

function emulated(
  call: Call,
  dialect: Dialect,
  emulates: Emulates,
  model: string,
): Emulation | null {
  const isMany =
    call.n > 1 && call.n <= timesMax && (dialect.answersOnce === true || isFor(emulates.n, model))
  const wants = (what: keyof typeof members): boolean =>
    isFor(emulates[what], model) && mayAsk(call, what)
  const wanted = { schema: wants('schema'), toolChoice: wants('toolChoice'), stop: wants('stop') }
  if (!isMany && !wanted.schema && !wanted.toolChoice && !wanted.stop) return null
  const chat = chatOf(call)
  if (chat === null) return null
  const steps = [
    wanted.schema ? schemaStep(chat, emulates.schema!.by) : null,
    wanted.toolChoice ? toolStep(chat, emulates.toolChoice!) : null,
    wanted.stop ? stopStep(chat, emulates.stop!.max) : null,
  ].filter((step) => step !== null)
  if (!isMany && steps.length === 0) return null
  const asked = steps.reduce((each, step) => step.ask(each), { ...chat, n: isMany ? null : chat.n })
  const times = isMany ? call.n : 1
  const of = (meaning: Chat): Call => meantCall(call, meaning, dialect)
  return {
    words: [
      ...steps.map(({ word }) => word),
      ...(isMany ? ['n~calls'] : []),
      ...(call.stream ? ['stream~whole'] : []),
    ],
    times,
    asksMax: times * (steps.some(({ check }) => check !== undefined) ? 2 : 1),
    call: of(asked),
    check: (reply) => {
      for (const step of steps) {
        const wrong = step.check?.(reply) ?? null
        if (wrong !== null) return wrong
      }
      return null
    },
    again: (reply, wrong) =>
      of({ ...asked, messages: [...asked.messages, ...objection(reply, wrong)] }),
    give: (reply) => steps.reduceRight((each, step) => step.give?.(each) ?? each, reply),
  }
}

/** One call's answers, as one answer with several choices. */
export function folded(replies: readonly ChatReply[]): ChatReply {
  const [first] = replies
  const choices = replies.map(({ choices: [choice] }, index): Choice => ({ ...choice!, index }))
  const measured = replies.map((reply) => reply.measured)
  const known = measured.filter((one) => one !== null)
  const [one] = known
  return {
    ...first!,
    choices,
    measured:
      one === undefined || known.length < measured.length
        ? null
        : {
            ...one,
            usage: known
              .slice(1)
              .reduce(
                (sum, { usage }) =>
                  Object.fromEntries(
                    Object.entries(usage).map(([kind, count]) => [
                      kind,
                      count + sum[kind as keyof typeof sum],
                    ]),
                  ) as typeof usage,
                one.usage,
              ),
            raw: null,
            clamped: known.some(({ clamped }) => clamped),
          },
  }
}

function isFor(rule: { readonly models?: RegExp } | undefined, model: string): boolean {
  return rule !== undefined && rule.models?.test(model) !== false
}

/** The members of a request, in any dialect, that can ask for this: a call without them is not read. */
const members = {
  schema: [
    'response_format',
    'text',
    'output_config',
    'output_format',
    'outputConfig',
    'generationConfig',
    'generation_config',
  ],
  toolChoice: ['tool_choice', 'function_call', 'toolConfig', 'tool_config'],
  stop: ['stop', 'stop_sequences', 'inferenceConfig', 'generationConfig', 'generation_config'],
} as const satisfies Partial<Record<keyof Emulates, readonly string[]>>

function mayAsk({ body }: Call, what: keyof typeof members): boolean {
  return members[what].some((name) => Object.hasOwn(body.value, name))
}

/**
 * A call that is nobody's text any more, only a meaning. What only the caller's dialect can say goes
 * along where the provider speaks that dialect.
 */
export function meantCall(call: Call, chat: Chat, dialect: Dialect): Call {
  const own = dialect.id === call.dialect
  const native = chat.native.filter((name) => Object.hasOwn(call.body.value, name))
  const said = Object.fromEntries(native.map((name) => [name, call.body.value[name]]))
  const meaning: Chat = own
    ? {
        ...chat,
        native: chat.native.filter((name) => !native.includes(name)),
        extra: { ...said, ...chat.extra },
      }
    : chat
  return { ...call, dialect: 'meaning', stream: false, n: chat.n ?? 1, meaning: () => meaning }
}

/** What it said, and what is wrong with it. A call of a tool that is no answer is answered first. */
function objection({ choices }: ChatReply, wrong: string): Message[] {
  const parts = (choices[0]?.parts ?? []).filter((part) => part.type !== 'foreign')
  const results = parts.flatMap((part): Part[] =>
    part.type === 'toolCall'
      ? [
          {
            type: 'toolResult',
            callId: part.id,
            parts: [text(wrong)],
            failed: true,
            extra: noExtra,
          },
        ]
      : [],
  )
  const turn = (role: Message['role'], said: readonly Part[]): Message => ({
    role,
    parts: said,
    name: null,
    extra: noExtra,
  })
  return [
    ...(parts.length > 0 ? [turn('assistant', parts)] : []),
    ...results.map((result) => turn('tool', [result])),
    turn('user', [text(`That is not what was asked for: ${wrong}. Answer again, and keep to it.`)]),
  ]
}

function text(said: string): Part {
  return { type: 'text', text: said, extra: noExtra }
}

/** A tool that has to be called, of models that leave it open whether they do. */
function toolStep(chat: Chat, { thinking }: NonNullable<Emulates['toolChoice']>): Step | null {
  const { toolChoice, tools, reasoning } = chat
  if (thinking === true && (reasoning?.enabled === false || reasoning?.effort === 'none'))
    return null
  if (tools.length === 0 || (toolChoice?.kind !== 'required' && toolChoice?.kind !== 'tool')) {
    return null
  }
  const name = toolChoice.kind === 'tool' ? toolChoice.name : null
  const wanted = name === null ? 'one of your tools' : `the tool ${name}`
  return {
    word: 'tool_choice~prompt',
    ask: (asked) =>
      told(
        { ...asked, toolChoice: null },
        `Your next answer has to be a call of ${wanted}, without any text.`,
      ),
    check: ({ choices }) => {
      const calls = (choices[0]?.parts ?? []).filter((part) => part.type === 'toolCall')
      const isMet = calls.some((call) => name === null || call.name === name)
      return isMet
        ? null
        : `it called ${calls.length === 0 ? 'no tool' : 'another tool'}, and had to call ${wanted}`
    },
  }
}

/** More stop sequences than the provider takes: it gets the first, and the answer is cut at any. */
function stopStep({ stop }: Chat, max: number): Step | null {
  if (stop.length <= max) return null
  return {
    word: 'stop~gateway',
    ask: (asked) => ({ ...asked, stop: stop.slice(0, max) }),
    give: (reply) => ({ ...reply, choices: reply.choices.map((choice) => cutAt(choice, stop)) }),
  }
}

function cutAt(choice: Choice, stops: readonly string[]): Choice {
  const kept: Choice['parts'][number][] = []
  for (const part of choice.parts) {
    const found = part.type === 'text' ? firstOf(part.text, stops) : null
    if (part.type !== 'text' || found === null) {
      kept.push(part)
      continue
    }
    const said = part.text.slice(0, found.at)
    if (said !== '') kept.push({ ...part, text: said })
    return {
      ...choice,
      parts: kept,
      ending: { finish: 'stop', word: 'stop', stopSequence: found.stop },
    }
  }
  return choice
}

function firstOf(said: string, stops: readonly string[]): { at: number; stop: string } | null {
  let first: { at: number; stop: string } | null = null
  for (const stop of stops) {
    const at = stop === '' ? -1 : said.indexOf(stop)
    if (at !== -1 && (first === null || at < first.at)) first = { at, stop }
  }
  return first
}
