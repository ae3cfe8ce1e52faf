import { sglangRerank } from '../dialects/rerank/index.ts'
import { openaiDoors } from './doors.ts'
import { engine, engineErrors, engineQuirks } from './engine.ts'
import type { Provider } from './provider.ts'

export const sglang: Provider = {
  ...engine,
  id: 'sglang',
  name: 'SGLang',
  baseUrl: 'http://127.0.0.1:30000/v1',
  doors: openaiDoors(engineQuirks, {
    embed: true,
    completions: true,
    rerank: { dialect: sglangRerank },
  }),
  errors: engineErrors,
  source: 'https://docs.sglang.ai/basic_usage/openai_api.html (read 2026-11-21)',
}
