/** How a model thinks, how well, how fast and at what price. */
export interface Profile {
  readonly says: 'echo' | 'prose' | 'images' | 'vectors'
  readonly thinks: boolean
  /** Chance of being right on the easiest question, and what the hardest takes away from it. */
  readonly skill: { readonly easy: number; readonly loss: number }
  /** Tokens of a prose answer, from and to. */
  readonly length: readonly [number, number]
  readonly firstMs: number
  readonly tokenMs: number
  readonly contextTokens: number
  /** USD per million tokens, as a vendor prints it. */
  readonly price: { readonly input: string; readonly cached: string; readonly output: string }
  /** What turns of the past have to bring along in OpenAI's dialect; a call without it is refused. */
  readonly wants?: 'thoughts with calls' | 'thoughts'
}

/** Thinks, then answers. */
const thinker = {
  says: 'prose',
  thinks: true,
  skill: { easy: 0.998, loss: 0.04 },
  length: [40, 100],
  firstMs: 400,
  tokenMs: 10,
  contextTokens: 131_072,
  price: { input: '0.6', cached: '0.06', output: '2.4' },
} satisfies Profile

export const profiles = {
  echo: {
    says: 'echo',
    thinks: false,
    skill: { easy: 1, loss: 0 },
    length: [0, 0],
    firstMs: 50,
    tokenMs: 5,
    contextTokens: 16_000_000,
    price: { input: '0.01', cached: '0.001', output: '0.02' },
  },
  small: {
    says: 'prose',
    thinks: false,
    skill: { easy: 0.98, loss: 0.55 },
    length: [30, 80],
    firstMs: 120,
    tokenMs: 6,
    contextTokens: 32_768,
    price: { input: '0.05', cached: '0.005', output: '0.2' },
  },
  medium: {
    says: 'prose',
    thinks: false,
    skill: { easy: 0.99, loss: 0.3 },
    length: [50, 130],
    firstMs: 250,
    tokenMs: 11,
    contextTokens: 131_072,
    price: { input: '0.4', cached: '0.04', output: '1.6' },
  },
  large: {
    says: 'prose',
    thinks: false,
    skill: { easy: 0.995, loss: 0.1 },
    length: [80, 200],
    firstMs: 500,
    tokenMs: 20,
    contextTokens: 200_000,
    price: { input: '2.5', cached: '0.25', output: '10' },
  },
  reasoner: thinker,
  // As strict as the models that they are named after.
  'kimi-thinking': { ...thinker, wants: 'thoughts with calls' },
  'deepseek-v4': { ...thinker, wants: 'thoughts' },
  vision: {
    says: 'images',
    thinks: false,
    skill: { easy: 0.99, loss: 0.3 },
    length: [20, 60],
    firstMs: 600,
    tokenMs: 15,
    contextTokens: 131_072,
    price: { input: '0.5', cached: '0.05', output: '2' },
  },
  embed: {
    says: 'vectors',
    thinks: false,
    skill: { easy: 1, loss: 0 },
    length: [0, 0],
    firstMs: 40,
    tokenMs: 0,
    contextTokens: 8_192,
    price: { input: '0.02', cached: '0.02', output: '0' },
  },
} satisfies Record<string, Profile>

/** Models named 'fault/NAME' play that fault and speak as the echo does. */
export const faultPrefix = 'fault/'

export function findProfile(model: string): Profile | null {
  if (model.startsWith(faultPrefix)) return profiles.echo
  return Object.hasOwn(profiles, model) ? profiles[model as keyof typeof profiles] : null
}
