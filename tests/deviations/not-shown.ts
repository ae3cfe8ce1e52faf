import type { Column } from './shown.ts'

/** Facts of which nothing is shown, because nothing is built that could heed them; each with the reason. */
export const notShown: readonly {
  readonly provider: string
  readonly column: Column
  readonly fact: string
  readonly why: string
}[] = [
  {
    provider: 'openai',
    column: 'request',
    fact: 'tiers flex and priority',
    why: '`service_tier` is passed on like any other parameter',
  },
  {
    provider: 'anthropic',
    column: 'request',
    fact: 'what its OpenAI-compatible path ignores',
    why: 'that path is a test aid by its own words: there is no door to it, Messages is spoken',
  },
  {
    provider: 'baidu',
    column: 'request',
    fact: 'an odd number of messages and temperature above 0 at the legacy door',
    why: 'the legacy door signs with a token that has to be fetched: there is no door to it, only its errors are known',
  },
  {
    provider: 'qwen',
    column: 'request',
    fact: 'streams of the native API want a header',
    why: 'the native API is not spoken; the compatible one has all that callers can ask for',
  },
  {
    provider: 'hunyuan',
    column: 'request',
    fact: 'capital letters of the native API',
    why: 'the native API signs otherwise and is not spoken; its errors come through the compatible door and are known',
  },
  {
    provider: 'cohere',
    column: 'request',
    fact: 'stream_options at the compatible door',
    why: 'there is no door to it: Chat v2 is spoken',
  },
  {
    provider: 'ollama',
    column: 'usage',
    fact: 'counts of the native API',
    why: 'the native API is not spoken; the compatible one counts the same',
  },
  {
    provider: 'vllm',
    column: 'request',
    fact: 'parsers of tools and thoughts are flags of the server',
    why: 'who starts the server sets them; nothing in a call does',
  },
  {
    provider: 'poe',
    column: 'turn',
    fact: 'thoughts are not returned',
    why: 'so there is no exchange that has some',
  },
  {
    provider: 'xai',
    column: 'turn',
    fact: 'nothing is to be brought along',
    why: 'so there is nothing to show',
  },
  {
    provider: 'groq',
    column: 'turn',
    fact: 'cached tokens do not count against its limits',
    why: 'what an account may use is learned from its 429s; the gateway keeps no count of it',
  },
  ...['vllm', 'sglang', 'tgi', 'llamacpp', 'ollama', 'tensorrt-llm'].map((provider) => ({
    provider,
    column: 'limits' as const,
    fact: 'no headers; the depth of the queue stands on /metrics of the engine',
    why: 'engines turn nobody away by rate: their traffic says so, and a full queue is an overload',
  })),
]

/** Rows of the tables that are no provider here. */
export const unbuilt: Readonly<Record<string, string>> = {
  triton: 'not OpenAI-compatible, and its front end that is was beta',
}
