import type { KeptObjects } from './provider.ts'

/** Paths that are called as OpenAI calls them. */
export function samePaths(...paths: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(paths.map((path) => [path, path]))
}

/** All that OpenAI keeps, and Azure with it. */
export const openaiObjects: KeptObjects = {
  files: {},
  batches: {
    paths: samePaths(
      '/v1/chat/completions',
      '/v1/responses',
      '/v1/completions',
      '/v1/embeddings',
      '/v1/moderations',
      '/v1/images/generations',
    ),
  },
  fineTuning: { speaks: 'openai' },
}
