import type { ParameterRule, ProviderWords, Quirks } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type ErrorRule, type HeaderReader, type Provider } from './provider.ts'

/** Kimi's thinking models. */
const thinkers = /thinking|k2\.[5-9]|k[3-9]/

/** Thinking is a switch, and refused beside an effort; the first of them cannot do without it. */
const switched = /k2\.[5-9]|k[3-9]/
const on = { type: 'enabled' }
const switches: readonly ParameterRule[] = [
  {
    name: 'reasoning_effort',
    models: switched,
    does: {
      kind: 'map',
      values: {
        none: { type: 'disabled' },
        minimal: on,
        low: on,
        medium: on,
        high: on,
        xhigh: on,
        max: on,
      },
    },
  },
  {
    name: 'reasoning_effort',
    models: switched,
    does: { kind: 'rename', to: 'thinking' },
  },
  { name: 'reasoning_effort', does: { kind: 'drop' } },
]

const quirks: Quirks = {
  parameters: [
    ...switches,
    { name: 'temperature', models: thinkers, does: { kind: 'clamp', min: 1, max: 1 } },
    { name: 'temperature', does: { kind: 'clamp', min: 0, max: 1 } },
    { name: 'temperature', where: { name: 'n', above: 1 }, does: { kind: 'clamp', min: 0.3 } },
    { name: 'seed', does: { kind: 'drop' } },
    { name: 'tool_choice', does: { kind: 'map', values: { required: 'auto' } } },
    { name: 'max_completion_tokens', does: { kind: 'rename', to: 'max_tokens' } },
  ],
  emulates: { toolChoice: {} },
  developerRole: 'system',
  // Partial mode, which models that think do not take.
  prefill: { models: /^moonshot-v1/, mark: { partial: true } },
  cachesUnasked: true,
  plainText: true,
  // A turn that called tools is refused without its thoughts; a single space is taken for them.
  reasoningEcho: { models: thinkers, field: 'reasoning_content', standIn: ' ' },
  refuses: ['image address'], // a data URL, or the id of an uploaded file behind ms://
  schemaWithout: ['$schema'],
}

const errors: readonly ErrorRule[] = [
  { class: 'rate', codes: ['rate_limit_reached_error'] },
  { class: 'overload', codes: ['engine_overloaded_error'] },
  { class: 'quota', codes: ['exceeded_current_quota_error'] },
  { class: 'arrears', status: 403, message: /balance|suspended|billing/i },
  { class: 'quota', status: 403, message: /quota/i },
  { class: 'content', codes: ['content_filter'] },
  { class: 'context', message: /exceeded model token limit|token length too long/i },
  { class: 'retired', codes: ['resource_not_found_error'] },
]

/** 'please try again after 2 seconds' */
function delayInWords(_headers: HeaderReader, { message }: ProviderWords): number | null {
  const seconds = /try again after (\d+) seconds/i.exec(message)?.[1]
  return seconds === undefined ? null : Number(seconds) * 1_000
}

export const moonshot: Provider = {
  id: 'moonshot',
  name: 'Moonshot Kimi (moonshot.ai)',
  kind: 'vendor',
  baseUrl: 'https://api.moonshot.ai/v1',
  sign: bearer,
  keyNames: ['MOONSHOT_API_KEY'],
  doors: openaiDoors(quirks, { messagesAt: 'https://api.moonshot.ai/anthropic/v1' }),
  objects: { files: { purposes: ['file-extract', 'image', 'video'] } },
  errors,
  waitMs: delayInWords,
  data: 'any',
  currency: 'USD',
  source: 'https://platform.kimi.ai/docs (read 2026-11-21)',
}

/** The site in China, priced in CNY: another seller with keys of its own. */
export const moonshotCn: Provider = {
  ...moonshot,
  id: 'moonshot-cn',
  name: 'Moonshot Kimi (moonshot.cn)',
  baseUrl: 'https://api.moonshot.cn/v1',
  keyNames: ['MOONSHOT_CN_API_KEY'],
  doors: openaiDoors(quirks, { messagesAt: 'https://api.moonshot.cn/anthropic/v1' }),
  currency: 'CNY',
  source: 'https://platform.moonshot.cn/docs (read 2026-11-21)',
}
