/** A provider of ours, and under which names the fact files know it. */
export interface Seller {
  readonly id: string
  readonly modelsDev?: string
  readonly effective?: string
  readonly modes?: string
  /** Vendor in `prices-cny.json`: for Chinese vendors the card in yuan, for others the one in dollars. */
  readonly card?: string
  /** Ids that stand in prices-effective.json alone; every other name there is a family's, not an id. */
  readonly effectiveIds?: RegExp
  /** Ids of price-modes.json that are worth a row although models.dev has none; absent: every one. */
  readonly modesIds?: RegExp
  /** The most recent table is the seller's own list: it wins over a majority, and over any leap. */
  readonly newestWins?: boolean
}

export const sellers: readonly Seller[] = [
  { id: 'akashchat' },
  { id: 'akashml' },
  {
    id: 'anthropic',
    modelsDev: 'anthropic',
    effective: 'anthropic',
    modes: 'anthropic',
    card: 'anthropic',
  },
  { id: 'ark', card: 'bytedance' },
  // Its deployments have names of their own: the prices are found where they are called as their models.
  {
    id: 'azure',
    modelsDev: 'azure',
    effective: 'azure',
    modes: 'azure-openai',
    modesIds: /^(?:gpt-(?:3\.5|4|5|image|oss)|o\d|text-embedding-|codex-mini|computer-use)/,
  },
  { id: 'baidu', card: 'baidu' },
  // What it asks in us-east-1; ids that begin with `eu.`, `global.` and so on have prices of their own.
  {
    id: 'bedrock',
    modelsDev: 'amazon-bedrock',
    effective: 'aws',
    modes: 'bedrock',
    modesIds:
      /^(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshotai?|nvidia|openai|qwen|writer|zai)\./,
  },
  {
    id: 'cohere',
    modelsDev: 'cohere',
    effective: 'cohere',
    modes: 'cohere',
    effectiveIds: /^embed-v4/,
  },
  { id: 'deepinfra', modelsDev: 'deepinfra' },
  // Every price of DeepSeek's own is curated: see cards.ts.
  { id: 'deepseek', modelsDev: 'deepseek' },
  {
    id: 'fireworks',
    modelsDev: 'fireworks-ai',
    effective: 'fireworks',
    modes: 'fireworks-ai',
    effectiveIds: /./,
  },
  { id: 'globalapi' },
  {
    id: 'google',
    modelsDev: 'google',
    effective: 'google',
    modes: 'google',
    card: 'google',
    effectiveIds: /^gemini-(3\.[567]-flash(-lite)?|3\.1-flash-lite-image|embedding-2)$/,
  },
  { id: 'groq', modelsDev: 'groq', effective: 'groq', modes: 'groq' },
  { id: 'hunyuan', card: 'tencent' },
  { id: 'ling', modelsDev: 'bailing' },
  { id: 'mistral', modelsDev: 'mistral', effective: 'mistral', modes: 'mistral-ai' },
  { id: 'moonshot', modelsDev: 'moonshotai', effective: 'moonshotai', modes: 'moonshot' },
  {
    id: 'moonshot-cn',
    modelsDev: 'moonshotai-cn',
    effective: 'moonshotai',
    modes: 'moonshot',
    card: 'moonshot',
  },
  { id: 'openai', modelsDev: 'openai', effective: 'openai', modes: 'openai', card: 'openai' },
  // Its list in price-modes.json is the seller's own of 2026-08-21; the others are older.
  { id: 'openrouter', modelsDev: 'openrouter', modes: 'openrouter', newestWins: true },
  { id: 'poe', modelsDev: 'poe' },
  { id: 'qwen', modelsDev: 'alibaba', modes: 'dashscope' },
  { id: 'qwen-cn', modelsDev: 'alibaba-cn', card: 'alibaba' },
  {
    id: 'together',
    modelsDev: 'togetherai',
    effective: 'together',
    modes: 'together-ai',
    modesIds:
      /Llama-(3|4)|DeepSeek-(R1|V3)|Qwen(2\.5|3|\/QwQ)|gpt-oss|^moonshotai|GLM|gemma-3|Mistral-Small|Mixtral-8x|MiniMax|arcee|cogito|marin|bge|m2-bert|UAE/,
  },
  { id: 'xai', modelsDev: 'xai', effective: 'x-ai', modes: 'x-ai', card: 'xai' },
  { id: 'zai', modelsDev: 'zai', effective: 'zai', modes: 'z-ai', effectiveIds: /^glm-5\.3$/ },
  {
    id: 'zhipu',
    modelsDev: 'zhipuai',
    effective: 'zhipuai',
    modes: 'zhipu',
    card: 'zhipu',
    effectiveIds: /./,
  },
]
