import { openaiDoors } from './doors.ts'
import { engine, engineErrors, engineQuirks } from './engine.ts'
import type { Provider } from './provider.ts'

/** Refuses null parameters, as every call here is sent without them. */
export const vllm: Provider = {
  ...engine,
  id: 'vllm',
  name: 'vLLM',
  baseUrl: 'http://127.0.0.1:8000/v1',
  doors: openaiDoors(engineQuirks, {
    embed: true,
    completions: true,
    rerank: true,
    responses: { quirks: { ...engineQuirks, thoughts: { go: 'content' } } }, // keeps answers only where its server was told to
    transcribe: 'both',
  }),
  errors: engineErrors,
  source: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html (read 2026-11-21)',
}
