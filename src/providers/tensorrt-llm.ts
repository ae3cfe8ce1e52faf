import { openaiDoors } from './doors.ts'
import { engine, engineErrors, engineQuirks } from './engine.ts'
import type { Provider } from './provider.ts'

export const tensorrtLlm: Provider = {
  ...engine,
  id: 'tensorrt-llm',
  name: 'TensorRT-LLM',
  baseUrl: 'http://127.0.0.1:8000/v1',
  doors: openaiDoors(engineQuirks, {
    completions: true,
    responses: { quirks: { ...engineQuirks, thoughts: { go: 'content' } } },
  }),
  errors: engineErrors,
  source: 'https://nvidia.github.io/TensorRT-LLM (read 2026-11-21)',
}
