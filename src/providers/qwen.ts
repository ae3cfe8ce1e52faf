import type { Quirks } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { samePaths } from './objects.ts'
import { bearer, type ErrorRule, type Provider } from './provider.ts'

/**
 * The open-weight models, whose thinking has to be switched off for answers that are not streamed;
 * those that do nothing but think cannot be.
 */
const open = /^qwen3(?:\.\d+)?-\d(?!.*-thinking)/
const whole = { name: 'stream', is: [false, undefined] }

const quirks: Quirks = {
  parameters: [
    { name: 'frequency_penalty', does: { kind: 'drop' } },
    {
      name: 'enable_thinking',
      models: open,
      does: { kind: 'default', value: false, when: 'whole' },
    },
    {
      name: 'enable_thinking',
      models: open,
      where: whole,
      does: { kind: 'map', values: { true: false } },
    },
    { name: 'max_completion_tokens', does: { kind: 'rename', to: 'max_tokens' } },
  ],
  developerRole: 'system',
  plainText: true,
  // Its own models; a prompt without marks is cached as well, though no hit is promised.
  cacheMarks: { models: /^qwen/, max: 4 },
  cachesUnasked: true,
}

const errors: readonly ErrorRule[] = [
  {
    class: 'rate',
    codes: ['Throttling.RateQuota', 'Throttling.BurstRate', 'Throttling', 'limit_requests'],
  },
  // One code for a full minute and for a used-up allowance: the sentence tells. Plan and billing
  // details are spoken of in both.
  {
    class: 'quota',
    codes: ['Throttling.AllocationQuota', 'insufficient_quota'],
    message: /free|exhausted|purchase|balance/i,
  },
  { class: 'quota', codes: ['AllocationQuota.FreeTierOnly'] },
  { class: 'rate', codes: ['Throttling.AllocationQuota', 'insufficient_quota'] },
  { class: 'rate', message: /request rate increased too quickly/i },
  { class: 'arrears', codes: ['Arrearage'] },
  { class: 'context', message: /range of input length should be/i },
  { class: 'content', codes: ['DataInspectionFailed', 'data_inspection_failed'] },
  { class: 'key', codes: ['InvalidApiKey', 'AccessDenied'] },
  { class: 'retired', codes: ['ModelNotFound', 'Model.NotFound'] },
]

/** Model Studio outside China (Singapore); key and region must match. */
export const qwen: Provider = {
  id: 'qwen',
  name: 'Qwen (Alibaba Model Studio, international)',
  kind: 'vendor',
  baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
  sign: bearer,
  keyNames: ['DASHSCOPE_INTL_API_KEY', 'QWEN_API_KEY'],
  doors: openaiDoors(quirks, {
    embed: true,
    messagesAt: 'https://dashscope-intl.aliyuncs.com/apps/anthropic/v1',
    rerank: {
      baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-api/v1',
      path: '/reranks',
    },
  }),
  objects: {
    files: { purposes: ['batch', 'file-extract'] },
    batches: { paths: samePaths('/v1/chat/completions', '/v1/embeddings') },
  },
  errors,
  data: 'any',
  currency: 'USD',
  source: 'https://www.alibabacloud.com/help/en/model-studio (read 2026-11-21)',
}

/** DashScope in Beijing, priced in CNY. */
export const qwenCn: Provider = {
  ...qwen,
  id: 'qwen-cn',
  name: 'Qwen (Alibaba DashScope, China)',
  baseUrl: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  keyNames: ['DASHSCOPE_API_KEY'],
  doors: openaiDoors(quirks, {
    embed: true,
    messagesAt: 'https://dashscope.aliyuncs.com/apps/anthropic/v1',
    rerank: { baseUrl: 'https://dashscope.aliyuncs.com/compatible-api/v1', path: '/reranks' },
  }),
  currency: 'CNY',
  source: 'https://help.aliyun.com/zh/model-studio (read 2026-11-21)',
}
