import { akashchat } from './akashchat.ts'
import { openaiDoors } from './doors.ts'
import type { Provider } from './provider.ts'

export const akashml: Provider = {
  ...akashchat,
  id: 'akashml',
  name: 'AkashML',
  baseUrl: 'https://api.akashml.com/v1',
  keyNames: ['AKASHML_API_KEY'],
  doors: openaiDoors(
    { developerRole: 'system' },
    { messagesAt: 'https://api.akashml.com/anthropic/v1' },
  ),
  source: 'https://akashml.com/docs (read 2026-11-21)',
}
