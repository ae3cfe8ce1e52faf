import { openaiDoors } from './doors.ts'
import { engine, engineErrors, engineQuirks } from './engine.ts'
import type { Provider } from './provider.ts'

export const llamacpp: Provider = {
  ...engine,
  id: 'llamacpp',
  name: 'llama.cpp',
  baseUrl: 'http://127.0.0.1:8080/v1',
  doors: openaiDoors(
    {
      ...engineQuirks,
      // Its server in C++ takes both spellings, the one in Python only these.
      parameters: [{ name: 'max_completion_tokens', does: { kind: 'rename', to: 'max_tokens' } }],
      schemaInJsonObject: true,
    },
    { embed: true, completions: true, rerank: true },
  ),
  errors: [
    ...engineErrors,
    { class: 'context', codes: ['exceed_context_size_error'] },
    { class: 'overload', codes: ['unavailable_error'] },
    { class: 'caller', status: 500, message: /^\d+ validation errors?:/ }, // the server in Python
  ],
  source: 'https://github.com/ggml-org/llama.cpp/tree/master/tools/server (read 2026-11-21)',
}
