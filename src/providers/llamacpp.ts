import { openaiDoors } from './doors.ts'
import { engine, engineErrors, engineQuirks } from './engine.ts'
import type { Provider } from './provider.ts'

export const llamacpp: Provider = {
  ...engine,
  id: 'llamacpp',
  name: 'llama.cpp',
  baseUrl: 'http://127.0.0.1:8080/v1',
  doors: openaiDoors(engineQuirks, { embed: true }),
  errors: [
    ...engineErrors,
    { class: 'context', codes: ['exceed_context_size_error'] },
    { class: 'overload', codes: ['unavailable_error'] },
  ],
  source: 'https://github.com/ggml-org/llama.cpp/tree/master/tools/server (read 2026-11-21)',
}
