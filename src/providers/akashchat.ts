import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** The free tier of the same network as AkashML, without a price. */
export const akashchat: Provider = {
  id: 'akashchat',
  name: 'AkashChat',
  kind: 'aggregator',
  baseUrl: 'https://chatapi.akash.network/api/v1',
  sign: bearer,
  keyNames: ['AKASHCHAT_API_KEY', 'AKASH_CHAT_API_KEY'],
  doors: openaiDoors({ developerRole: 'system' }),
  data: 'any',
  source: 'https://chatapi.akash.network/documentation (read 2026-11-21)',
}
