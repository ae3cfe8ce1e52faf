import type { Model } from '../catalog/model.ts'
import type { Instant } from '../core/clock.ts'
import { confidencesOfLogprobs } from './answers.ts'
import type { Fitted } from './calibrated/fitted.ts'
import type { Rule } from './calibrated/rule.ts'

/** What a task promises of its answers. */
export interface Guarantee {
  /** Of the strong model's mean score. */
  readonly quality: number
  /** That it holds. */
  readonly confidence: number
}

/** How long a proof says something about the traffic of today. */
const ageMaxDays = 90
const dayUs = 86_400_000_000

/**
 * Why a fitted policy says nothing for a task as it stands; null while it does. A promise is only as good
 * as what it was proven with: the same models, little time, and as much as is asked for.
 * @param models  the task's, from cheap to strong
 */
export function whyVoid(
  { facts, rule }: Fitted,
  asked: Guarantee | null,
  models: readonly string[],
  now: Instant,
): string | null {
  const strong = models.at(-1) ?? ''
  const missing = modelsOf(rule).filter((name) => !models.includes(name))
  if (missing.length > 0)
    return `it was fitted with ${missing.join(' and ')}, which the task has not`
  if (facts.strong !== strong)
    return `it was proven against ${facts.strong}, and the task's strongest model is ${strong}`
  if (facts.made === null) return 'it does not say when it was made'
  const ageDays = (now / 1_000 - Date.parse(facts.made)) / (dayUs / 1_000)
  if (ageDays > ageMaxDays)
    return `it is ${Math.floor(ageDays)} days old, and ${ageMaxDays} is the most`
  if (rule.method === 'static' && rule.model === strong) return null
  if (facts.extractedAnswers && rule.method !== 'static' && rule.method !== 'prompt-route')
    return 'it was fitted with extracted answers, which live calls have not: give the table `response` without `answer`'
  const unread = unreadable(rule)
  if (unread !== null) return `it goes by ${unread}, which live calls do not tell`
  if (facts.certificate === null) return 'nothing was proven by it'
  if (asked === null) return null
  if (facts.quality < asked.quality)
    return `it was proven for a quality of ${facts.quality}, and ${asked.quality} is promised`
  if (facts.confidence === null || facts.confidence < asked.confidence)
    return `it was proven with a confidence of ${facts.confidence ?? 'unknown size'}, and ${asked.confidence} is promised`
  return null
}

/** What a rule reads of an answer and nobody tells; null when there is something that it can read. */
function unreadable(rule: Rule): string | null {
  const keys = rule.method === 'static' ? [] : (rule.scorer?.reads.keys ?? [])
  if (keys.length === 0 || keys.some((key) => confidencesOfLogprobs.has(key))) return null
  return keys.join(' and ')
}

/** The models that a rule may ask. */
function modelsOf(rule: Rule): readonly string[] {
  if (rule.method === 'static') return [rule.model]
  return [rule.cheap, ...(rule.second === null ? [] : [rule.second]), rule.strong]
}

/**
 * Names what the models cost at an instant, whatever the hour of the day is: two that differ are two
 * prices. Null for a model that the catalog does not know.
 */
export function priceHash(models: readonly (Model | null)[], at: Instant): string {
  const cards = models.map(
    (model) =>
      model && [
        model.machine,
        model.prices
          .filter(
            ({ from, to }) => (from === undefined || at >= from) && (to === undefined || at < to),
          )
          .map(({ price, currency, windows, days, tiers }) => [
            price,
            currency,
            windows,
            days,
            tiers,
          ]),
      ],
  )
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(cards)).digest('hex').slice(0, 16)
}
