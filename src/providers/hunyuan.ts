import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** Five calls at once for each account unless more were granted: set `rate: { concurrent: 5 }`. */
export const hunyuan: Provider = {
  id: 'hunyuan',
  name: 'Tencent Hunyuan',
  kind: 'vendor',
  baseUrl: 'https://api.hunyuan.cloud.tencent.com/v1',
  sign: bearer,
  keyNames: ['HUNYUAN_API_KEY'],
  doors: openaiDoors({ developerRole: 'system' }, { embed: true }),
  errors: [
    { class: 'rate', codes: ['LimitExceeded', 'RequestLimitExceeded'] },
    {
      class: 'quota',
      codes: [
        'ResourceInsufficient',
        'FailedOperation.ResourcePackExhausted',
        'FailedOperation.FreeResourcePackExhausted',
      ],
    },
    {
      class: 'key',
      codes: ['AuthFailure', 'AuthFailure.SecretIdNotFound', 'AuthFailure.UnauthorizedOperation'],
    },
  ],
  data: 'any',
  currency: 'CNY',
  source: 'https://cloud.tencent.com/document/product/1729/111007 (read 2026-11-21)',
}
