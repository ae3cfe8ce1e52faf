/**
 * Where a seller is answerable to law: ISO 3166 code of the seat of the company that contracts, or
 * of the endpoint where that is all that is known. Null: nobody told us, or there is no one place.
 */
const seats: Readonly<Record<string, string | null>> = {
  // Nodes of the Akash market stand wherever their owners are.
  akashchat: null,
  akashml: null,
  anthropic: 'US',
  ark: 'CN', // Volcengine; the endpoint is in Beijing
  azure: 'US',
  baidu: 'CN',
  bedrock: 'US',
  cohere: 'CA',
  deepinfra: 'US',
  deepseek: 'CN',
  fireworks: 'US',
  globalapi: null,
  google: 'US',
  groq: 'US',
  hunyuan: 'CN',
  ling: 'CN', // Ant Group; which of its companies runs the endpoint is not known
  mistral: 'FR',
  // Moonshot AI Pte. Ltd.: https://platform.kimi.ai/docs/agreement/modeluse (2026-05-27).
  moonshot: 'SG',
  'moonshot-cn': 'CN',
  openai: 'US',
  openrouter: 'US',
  poe: 'US',
  // Alibaba's international card: endpoint and stored data are in Singapore, inference anywhere
  // outside mainland China. https://www.alibabacloud.com/help/en/model-studio/regions (2026-06-30).
  qwen: 'SG',
  'qwen-cn': 'CN',
  together: 'US',
  xai: 'US',
  // Jingsheng Hengxing Technology Pte. Ltd. by its privacy policy; a company of the Zhipu group.
  // One secondary reading of it: https://infercheck.eu/en/provider/zhipu-ai (2026-04-11).
  zai: 'SG',
  zhipu: 'CN',
}

/** Null as well for providers that are not in the table: engines of one's own, the simulator. */
export function jurisdictionOf(provider: string): string | null {
  return Object.hasOwn(seats, provider) ? (seats[provider] ?? null) : null
}
