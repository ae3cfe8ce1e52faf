import { openaiDoors } from './doors.ts'
import { bearer, type Provider } from './provider.ts'

/** Its documents are thin: read as plain OpenAI, and the model that the answer names is recorded. */
export const globalapi: Provider = {
  id: 'globalapi',
  name: 'Global API',
  kind: 'aggregator',
  baseUrl: 'https://global-apis.com/v1',
  sign: bearer,
  keyNames: ['GLOBALAPI_API_KEY', 'GLOBAL_API_KEY'],
  doors: openaiDoors({ developerRole: 'system', usage: { estimate: true } }, { embed: true }),
  data: 'any',
  source: 'https://global-apis.com (read 2026-11-21)',
}
