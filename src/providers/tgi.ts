import { openaiDoors } from './doors.ts'
import { engine, engineErrors, engineQuirks } from './engine.ts'
import type { Provider } from './provider.ts'

/**
 * The grammar of an answer is set through a tool alone, one call is made at a time, and what a tool
 * answered has no place in a conversation.
 */
const refuses = ['schema', 'json', 'tool result'] as const

export const tgi: Provider = {
  ...engine,
  id: 'tgi',
  name: 'Text Generation Inference',
  baseUrl: 'http://127.0.0.1:8080/v1',
  doors: openaiDoors(
    { ...engineQuirks, refuses, emulates: { schema: { by: 'tool' } } },
    { completions: true },
  ),
  errors: [...engineErrors, { class: 'overload', codes: ['overloaded'] }],
  source:
    'https://huggingface.co/docs/text-generation-inference/basic_tutorials/using_guidance (read 2026-11-22)',
}
