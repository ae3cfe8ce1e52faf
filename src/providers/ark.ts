import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** ByteDance's Seed and Doubao on Volcengine Ark. A model is a model id or an endpoint id (`ep-...`). */
export const ark: Provider = {
  id: 'ark',
  name: 'Volcengine Ark (ByteDance Seed)',
  kind: 'vendor',
  baseUrl: 'https://ark.cn-beijing.volces.com/api/v3',
  sign: bearer,
  keyNames: ['ARK_API_KEY', 'VOLCENGINE_API_KEY'],
  doors: openaiDoors({ developerRole: 'system' }, { embed: true }),
  errors: [
    { class: 'quota', codes: ['AccountOverdueError', 'AccountOverdue', 'SetLimitExceeded'] },
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
