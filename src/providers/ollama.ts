import { openaiDoors } from './doors.ts'
import { engine, engineQuirks } from './engine.ts'
import type { Provider } from './provider.ts'

/** Cuts prompts at `num_ctx` without a word: compare the tokens it counted with the estimate. */
export const ollama: Provider = {
  ...engine,
  id: 'ollama',
  name: 'Ollama',
  baseUrl: 'http://127.0.0.1:11434/v1',
  doors: openaiDoors(
    {
      ...engineQuirks,
      emulates: { n: {}, toolChoice: {} },
      parameters: [
        { name: 'tools', where: { name: 'tool_choice', is: ['none'] }, does: { kind: 'drop' } },
        { name: 'tool_choice', does: { kind: 'drop' } },
        { name: 'max_completion_tokens', does: { kind: 'rename', to: 'max_tokens' } },
      ],
    },
    { embed: true },
  ),
  errors: [{ class: 'retired', status: 404 }], // not pulled
  source: 'https://docs.ollama.com/openai (read 2026-11-21)',
}
