import type { ParameterRule } from '../dialects/dialect.ts'
import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** A picture is marked as made by a model unless the call says otherwise. */
const pictures: readonly ParameterRule[] = [
  { name: 'watermark', does: { kind: 'default', value: false } },
]

/** Responses has refused both. Conversations are kept for three days there, and so here instead. */
const inResponses: readonly ParameterRule[] = [
  { name: 'parallel_tool_calls', does: { kind: 'drop' } },
  { name: 'tool_choice', does: { kind: 'drop' } },
]

/** ByteDance's Seed and Doubao on Volcengine Ark. A model is a model id or an endpoint id (`ep-...`). */
export const ark: Provider = {
  id: 'ark',
  name: 'Volcengine Ark (ByteDance Seed)',
  kind: 'vendor',
  baseUrl: 'https://ark.cn-beijing.volces.com/api/v3',
  sign: bearer,
  keyNames: ['ARK_API_KEY', 'VOLCENGINE_API_KEY'],
  doors: openaiDoors(
    { developerRole: 'system' },
    {
      embed: true,
      images: { parameters: pictures },
      responses: { quirks: { developerRole: 'system', parameters: inResponses } },
    },
  ),
  errors: [
    { class: 'arrears', codes: ['AccountOverdueError', 'AccountOverdue'] },
    { class: 'quota', codes: ['SetLimitExceeded'] },
    { class: 'context', message: /exceed max message tokens/i },
    {
      class: 'rate',
      codes: [
        'RateLimitExceeded.EndpointRPMExceeded',
        'RateLimitExceeded.EndpointTPMExceeded',
        'RateLimitExceeded',
        'ModelAccountRpmRateLimitExceeded',
        'ModelAccountTpmRateLimitExceeded',
      ],
    },
    {
      class: 'retired',
      codes: ['ModelNotOpen', 'InvalidEndpointOrModel.NotFound', 'InvalidEndpoint.ClosedEndpoint'],
    },
    {
      class: 'content',
      codes: [
        'InputTextRiskDetection',
        'OutputTextRiskDetection',
        'InputImageRiskDetection',
        'SensitiveContentDetected',
      ],
    },
    { class: 'overload', codes: ['ServerOverloaded'] },
  ],
  data: 'any',
  currency: 'CNY',
  source: 'https://www.volcengine.com/docs/82379 (read 2026-11-21)',
}
