import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

export const ling: Provider = {
  id: 'ling',
  name: 'Ant Ling',
  kind: 'vendor',
  baseUrl: 'https://api.ant-ling.com/v1',
  sign: bearer,
  keyNames: ['LING_API_KEY', 'ANT_LING_API_KEY'],
  doors: openaiDoors(
    {
      parameters: [
        { name: 'temperature', does: { kind: 'clamp', min: 0, max: 1 } },
        { name: 'max_completion_tokens', does: { kind: 'rename', to: 'max_tokens' } },
      ],
      developerRole: 'system',
    },
    { messagesAt: 'https://api.ant-ling.com/anthropic/v1' },
  ),
  data: 'any',
  source: 'https://help.aliyun.com/zh/model-studio, antdigital (read 2026-11-21)',
}
