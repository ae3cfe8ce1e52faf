import { openaiDoors } from './doors.ts'
import { engine, engineErrors, engineQuirks } from './engine.ts'
import type { Provider } from './provider.ts'

export const tgi: Provider = {
  ...engine,
  id: 'tgi',
  name: 'Text Generation Inference',
  baseUrl: 'http://127.0.0.1:8080/v1',
  doors: openaiDoors(engineQuirks),
  errors: [...engineErrors, { class: 'overload', codes: ['overloaded'] }],
  source: 'https://huggingface.co/docs/text-generation-inference (read 2026-11-21)',
}
