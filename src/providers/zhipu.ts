import type { ParameterRule, ProviderWords, Quirks } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type ErrorRule, type HeaderReader, type Provider } from './provider.ts'

const on = { type: 'enabled' }

/** Thinking is on unless it is switched off, and `reasoning_effort` is no word here. */
const parameters: readonly ParameterRule[] = [
  {
    name: 'reasoning_effort',
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
  { name: 'reasoning_effort', does: { kind: 'rename', to: 'thinking' } },
  { name: 'max_completion_tokens', does: { kind: 'rename', to: 'max_tokens' } },
]

const quirks: Quirks = {
  parameters,
  // JSON is its one format, `auto` its one choice of tools, and it answers once.
  emulates: { schema: { by: 'json' }, n: {}, toolChoice: {} },
  developerRole: 'system',
  cachesUnasked: true,
  thinkTags: { thoughts: /z1/, box: /^glm-4\.5v/ },
}

/** One status, 429, for four troubles: the inner code tells which. */
const errors: readonly ErrorRule[] = [
  {
    class: 'key',
    codes: ['1000', '1001', '1002', '1003', '1004', '1110', '1111', '1112', '1121'],
  },
  { class: 'arrears', codes: ['1113'] },
  { class: 'quota', codes: ['1304', '1308', '1309', '1310', '1311', '1313'] },
  { class: 'context', codes: ['1261'] },
  { class: 'retired', codes: ['1211'] },
  { class: 'caller', codes: ['1210', '1212', '1213', '1214', '1215'] },
  { class: 'content', codes: ['1301'] },
  { class: 'rate', codes: ['1302', '1303'] },
  { class: 'overload', codes: ['1305', '1312'] },
  { class: 'vendor', codes: ['500', '1234'] },
]

/**
 * 'Your limit will reset at 2026-11-22 15:04:05', by the clock of Beijing on both sites; how far off
 * that is tells the answer's own date. Longer than a day it is not believed.
 * @see https://github.com/dirge-code/dirge/issues/818 (read 2026-11-22)
 */
function resetInWords(headers: HeaderReader, { message }: ProviderWords): number | null {
  const [, day, time] = /(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})/.exec(message) ?? []
  const waitMs = Date.parse(`${day}T${time}+08:00`) - Date.parse(headers.get('date') ?? '')
  return waitMs >= 0 ? Math.min(waitMs, dayMs) : null
}

const dayMs = 86_400_000

/** One picture a call, by its address. */
const pictures: readonly ParameterRule[] = [
  {
    name: 'quality',
    does: { kind: 'map', values: { high: 'hd', medium: 'standard', low: 'standard' } },
  },
  { name: 'user', does: { kind: 'rename', to: 'user_id' } },
  ...['n', 'response_format', 'style', 'background', 'stream', 'partial_images'].map(
    (name): ParameterRule => ({ name, does: { kind: 'drop' } }),
  ),
]

/** Zhipu's site in China, priced in CNY. */
export const zhipu: Provider = {
  id: 'zhipu',
  name: 'Zhipu GLM (bigmodel.cn)',
  kind: 'vendor',
  baseUrl: 'https://open.bigmodel.cn/api/paas/v4',
  sign: bearer,
  keyNames: ['ZHIPU_API_KEY', 'ZHIPUAI_API_KEY', 'BIGMODEL_API_KEY'],
  doors: openaiDoors(quirks, {
    embed: true,
    messagesAt: 'https://open.bigmodel.cn/api/anthropic/v1',
    images: { parameters: pictures },
    speech: true,
    transcribe: true,
  }),
  objects: {
    files: { purposes: ['batch', 'file-extract', 'agent'] },
    batches: {
      paths: {
        '/v1/chat/completions': '/v4/chat/completions',
        '/v1/embeddings': '/v4/embeddings',
        '/v1/images/generations': '/v4/images/generations',
      },
    },
  },
  errors,
  waitMs: resetInWords,
  data: 'any',
  currency: 'CNY',
  source: 'https://docs.bigmodel.cn/cn/api (read 2026-11-21)',
}

/** The same house for the rest of the world, priced in USD: another seller with keys of its own. */
export const zai: Provider = {
  ...zhipu,
  id: 'zai',
  name: 'Z.ai GLM',
  baseUrl: 'https://api.z.ai/api/paas/v4',
  keyNames: ['ZAI_API_KEY', 'Z_AI_API_KEY'],
  doors: openaiDoors(quirks, {
    messagesAt: 'https://api.z.ai/api/anthropic/v1',
    images: { parameters: pictures },
    transcribe: true,
  }),
  objects: {}, // nothing of them is documented for this site
  currency: 'USD',
  source: 'https://docs.z.ai/api-reference (read 2026-11-21)',
}
