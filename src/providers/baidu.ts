import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** ERNIE on Qianfan v2. Rate errors have come under status 200: the code is read before the status. */
export const baidu: Provider = {
  id: 'baidu',
  name: 'Baidu ERNIE (Qianfan)',
  kind: 'vendor',
  baseUrl: 'https://qianfan.baidubce.com/v2',
  sign: bearer,
  keyNames: ['QIANFAN_API_KEY', 'BAIDU_API_KEY'],
  doors: openaiDoors({ developerRole: 'system' }, { embed: true }),
  errors: [
    {
      class: 'rate',
      codes: [
        'rpm_rate_limit_exceeded',
        'tpm_rate_limit_exceeded',
        'preemptible_rate_limit_exceeded',
        '18',
        '336501',
        '336502',
      ],
    },
    { class: 'context', codes: ['tokens_too_long', 'characters_too_long', '336007'] },
    { class: 'content', codes: ['unsafe_request', '336104'] },
    { class: 'key', codes: ['110', '111', 'invalid_iam_token', 'access_denied'] },
    { class: 'quota', codes: ['17', '19'] },
    { class: 'arrears', codes: ['account_overdue'] },
  ],
  data: 'any',
  currency: 'CNY',
  source: 'https://cloud.baidu.com/doc/qianfan-api (read 2026-11-21)',
}
