import { akashchat } from './akashchat.ts'
import { akashml } from './akashml.ts'
import { fireworks } from './fireworks.ts'
import { globalapi } from './globalapi.ts'
import { groq } from './groq.ts'
import { llamacpp } from './llamacpp.ts'
import { ollama } from './ollama.ts'
import { openrouter } from './openrouter.ts'
import { poe } from './poe.ts'
import { sglang } from './sglang.ts'
import { tensorrtLlm } from './tensorrt-llm.ts'
import { tgi } from './tgi.ts'
import { together } from './together.ts'
import { vllm } from './vllm.ts'
import { anthropic } from './anthropic.ts'
import { ark } from './ark.ts'
import { azure } from './azure.ts'
import { baidu } from './baidu.ts'
import { bedrock } from './bedrock.ts'
import { cohere } from './cohere.ts'
import {
  anthropicCompatible,
  geminiCompatible,
  openaiCompatible,
  responsesCompatible,
} from './compatible.ts'
import { deepinfra } from './deepinfra.ts'
import { deepseek } from './deepseek.ts'
import { google } from './google.ts'
import { hunyuan } from './hunyuan.ts'
import { ling } from './ling.ts'
import { mistral } from './mistral.ts'
import { moonshot, moonshotCn } from './moonshot.ts'
import { openai } from './openai.ts'
import type { Provider } from './provider.ts'
import { qwen, qwenCn } from './qwen.ts'
import { sim } from './sim.ts'
import { xai } from './xai.ts'
import { zai, zhipu } from './zhipu.ts'

/** Every provider that is known by its name, sorted by it. */
export const providers: ReadonlyMap<string, Provider> = named([
  akashchat,
  akashml,
  anthropic,
  ark,
  azure,
  baidu,
  bedrock,
  cohere,
  deepinfra,
  deepseek,
  fireworks,
  globalapi,
  google,
  groq,
  hunyuan,
  ling,
  llamacpp,
  mistral,
  moonshot,
  moonshotCn,
  ollama,
  openai,
  openrouter,
  poe,
  qwen,
  qwenCn,
  sglang,
  sim,
  tensorrtLlm,
  tgi,
  together,
  vllm,
  xai,
  zai,
  zhipu,
])

/** The types for any base URL. */
export const compatible: ReadonlyMap<string, Provider> = named([
  anthropicCompatible,
  geminiCompatible,
  openaiCompatible,
  responsesCompatible,
])

function named(list: readonly Provider[]): ReadonlyMap<string, Provider> {
  return new Map(list.map((provider) => [provider.id, provider]))
}
