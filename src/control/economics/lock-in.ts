import type { Modality, Model } from '../../catalog/model.ts'
import type { Usage } from '../../core/usage.ts'

/** What a task's calls use beyond text, and that a next supplier would have to have. */
const features = [
  'text',
  'tools',
  'structured output',
  'caching',
  'reasoning',
  'search',
  'images',
  'audio',
  'made images',
  'spoken audio',
] as const

export type Feature = (typeof features)[number]

/** What is seen of the calls of a task. */
export interface Seen {
  readonly usage: Usage
  readonly tools: boolean
  readonly structured: boolean
}

export function featuresOf({ usage, tools, structured }: Seen): readonly Feature[] {
  const used = {
    text: true,
    tools,
    'structured output': structured,
    caching: usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h > 0,
    reasoning: usage.reasoning > 0,
    search: usage.search > 0,
    images: usage.imageIn > 0,
    audio: usage.audioIn + usage.seconds > 0,
    'made images': usage.imageOut + usage.images > 0,
    'spoken audio': usage.audioOut + usage.characters > 0,
  } satisfies Record<Feature, boolean>
  return features.filter((name) => used[name])
}

/** Whether a model is known to lack it. What the catalog does not know never stands against a model. */
function lacks(model: Model, feature: Feature): boolean {
  const without = (modalities: readonly Modality[], what: Modality): boolean =>
    modalities.length > 0 && !modalities.includes(what)
  switch (feature) {
    case 'text':
      return false
    case 'tools':
      return model.tools === false
    case 'structured output':
      return model.structured === false
    case 'caching':
      return (
        model.prices.length > 0 && model.prices.every(({ price }) => price.cacheRead === undefined)
      )
    case 'reasoning':
      return model.reasoning === false
    case 'search':
      return (
        model.prices.length > 0 && model.prices.every(({ price }) => price.search === undefined)
      )
    case 'images':
      return without(model.inputs, 'image')
    case 'audio':
      return without(model.inputs, 'audio')
    case 'made images':
      return without(model.outputs, 'image')
    case 'spoken audio':
      return without(model.outputs, 'audio')
  }
}

/** Where a second supplier of a feature is: a word of the task's file away, live under another task, or nowhere. */
export type Second = 'in the task' | 'live elsewhere' | 'nobody'

const weight = { 'in the task': 0, 'live elsewhere': 0.5, nobody: 1 } satisfies Record<
  Second,
  number
>

export interface FeatureLock {
  readonly feature: Feature
  readonly second: Second
}

/**
 * @param inTask  models of other sellers that the task names
 * @param live  models of other sellers that are live
 */
export function locksOf(
  used: readonly Feature[],
  inTask: readonly Model[],
  live: readonly Model[],
): readonly FeatureLock[] {
  const has = (models: readonly Model[], feature: Feature): boolean =>
    models.some((model) => !lacks(model, feature))
  return used.map((feature) => ({
    feature,
    second: has(inTask, feature) ? 'in the task' : has(live, feature) ? 'live elsewhere' : 'nobody',
  }))
}

/** 0: every feature has a second supplier in the task. 100: none has one anywhere. */
export function lockInScore(locks: readonly FeatureLock[]): number {
  const sum = locks.reduce((all, { second }) => all + weight[second], 0)
  return locks.length === 0 ? 0 : Math.round((100 * sum) / locks.length)
}

/**
 * Working days until a task answers from another seller. Assumptions, not measurements: a model that is
 * named and tested takes over at once; one that is named is tested in a day; one that is live is put
 * in and tested in three; a new seller takes ten; each feature without a second supplier takes two more.
 */
const moveDays = { tested: 0, named: 1, live: 3, none: 10, perFeature: 2 } as const

export function daysToMove(
  locks: readonly FeatureLock[],
  has: { readonly tested: boolean; readonly named: boolean; readonly live: boolean },
): number {
  const missing = locks.filter(({ feature, second }) => feature !== 'text' && second === 'nobody')
  const base = has.tested
    ? moveDays.tested
    : has.named
      ? moveDays.named
      : has.live
        ? moveDays.live
        : moveDays.none
  return base + moveDays.perFeature * missing.length
}
