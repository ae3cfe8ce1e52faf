import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

export const poe: Provider = {
  id: 'poe',
  name: 'Poe',
  kind: 'aggregator',
  baseUrl: 'https://api.poe.com/v1',
  sign: bearer,
  keyNames: ['POE_API_KEY'],
  doors: openaiDoors({}),
  data: 'any',
  source: 'https://creator.poe.com/api-reference (read 2026-11-21)',
}
