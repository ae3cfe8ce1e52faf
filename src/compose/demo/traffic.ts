import type { Catalog } from '../../catalog/catalog.ts'
import { costAt } from '../../catalog/price.ts'
import type { Instant } from '../../core/clock.ts'
import { type Money, nothing } from '../../core/money.ts'
import { type AttemptRecord, noExchange } from '../../core/record.ts'
import { noUsage } from '../../core/usage.ts'
import {
  credentials,
  type Customer,
  customers,
  events,
  failures,
  type Feature,
  features,
  type Manner,
  type MannerName,
  manners,
} from './company.ts'
import { Dice } from './dice.ts'

export const hourUs = 3_600_000_000
const dayUs = 24 * hourUs

export interface TrafficOptions {
  readonly seed: number
  /** Events are so many days before it. */
  readonly end: Instant
  /** No call begins after it. */
  readonly until: Instant
  readonly catalog: Catalog
  readonly configHash: string
}

/** A call with its attempts, in the order in which they were made. */
export interface SimulatedCall {
  readonly feature: Feature
  readonly attempts: readonly AttemptRecord[]
}

/** Calls of an ordinary working hour, before the company grew. */
const callsAtNoon = 130

/** The calls of the hour that begins at an instant, but for those after the end. */
export function callsOf(hour: Instant, options: TrafficOptions): readonly SimulatedCall[] {
  const dice = new Dice(options.seed, String(hour))
  const count = dice.count(callsAtNoon * busyAt(hour) * grownBy(hour, options.end))
  const calls: SimulatedCall[] = []
  for (let made = 0; made < count; made += 1) {
    const at = (hour + Math.floor(dice.share() * hourUs)) as Instant
    const call = new Hour(options, dice).call(at)
    if (at < options.until) calls.push(call)
  }
  return calls.toSorted((left, right) => left.attempts[0]!.at - right.attempts[0]!.at)
}

/** Offices of many countries: two humps in the day, and quiet weekends. */
function busyAt(at: Instant): number {
  const date = new Date(at / 1_000)
  const hour = date.getUTCHours()
  const hump = (top: number, width: number): number => Math.exp(-(((hour - top) / width) ** 2))
  const day = 0.06 + 0.95 * hump(9.5, 3) + 0.8 * hump(15, 3.2)
  return day * ([0, 6].includes(date.getUTCDay()) ? 0.28 : 1)
}

function grownBy(at: Instant, end: Instant): number {
  return 1.22 ** ((at - end) / (30 * dayUs))
}

const keys = { web: 'web', worker: 'worker' } as const

class Hour {
  readonly #options: TrafficOptions
  readonly #dice: Dice

  constructor(options: TrafficOptions, dice: Dice) {
    this.#options = options
    this.#dice = dice
  }

  call(at: Instant): SimulatedCall {
    const dice = this.#dice
    const feature = dice.weighted(features)
    const customer = dice.weighted(customers)
    const base = this.#base(at, feature, customer)
    if (dice.happens(feature.cached)) return { feature, attempts: [this.#fromCache(base)] }
    if (dice.happens(0.0012)) return { feature, attempts: [this.#refused(base)] }
    if (feature.task === 'classify' && this.#daysAgo(at) < events.unknown.daysAgo) {
      if (dice.happens(0.02)) return { feature, attempts: [this.#tryout(base, feature)] }
    }
    const plan = this.#plan(feature, at)
    const tokens = {
      prompt: Math.round(dice.about(feature.prompt * customer.length, 0.45)),
      answer: Math.max(2, Math.round(dice.about(feature.answer, 0.4))),
    }
    const attempts: AttemptRecord[] = []
    let begin = at + Math.round(dice.about(420, 0.4))
    for (const [step, { name, reason }] of plan.entries()) {
      const last = attempts.at(-1)
      const attempt = this.#attempt(
        {
          ...base,
          attempt: step + 1,
          at: begin as Instant,
          role: step === 0 ? 'served' : 'fallback',
          reason: step === 0 ? reason : `after ${last?.errorCode ?? 'provider_failed'}`,
          queueUs: begin - at,
        },
        manners[name],
        name,
        feature,
        tokens,
      )
      attempts.push(attempt)
      if (attempt.endState === 'complete' || attempt.endState === 'caller_left') break
      begin = attempt.at + (attempt.totalUs ?? 0) + 900
    }
    const shadow = this.#shadow(attempts.at(-1)!, feature, tokens)
    return { feature, attempts: shadow === null ? attempts : [...attempts, shadow] }
  }

  /** Who is asked, in order, and why the first of them. */
  #plan(
    feature: Feature,
    at: Instant,
  ): readonly { readonly name: MannerName; readonly reason: string }[] {
    const dice = this.#dice
    const after = (name: MannerName) => ({ name, reason: '' })
    switch (feature.task) {
      case 'support': {
        const { daysAgo, steps, step } = events.canary
        const days = this.#daysAgo(at)
        // Each step takes two days, until the one that it is at.
        const now = days > daysAgo ? 0 : steps[Math.min(step, Math.floor((daysAgo - days) / 2))]!
        if (dice.happens(now))
          return [{ name: 'flash', reason: `canary share ${now}` }, after('haiku')]
        return [{ name: 'haiku', reason: 'first in order' }, after('mini')]
      }
      case 'classify':
        return [{ name: 'oss', reason: 'first in order' }, after('small')]
      case 'summarise':
        return [{ name: 'kimi', reason: 'first in order' }, after('sonnet')]
      case 'extract':
        return dice.happens(0.8)
          ? [{ name: 'mini', reason: 'share 80 of 100' }, after('flash')]
          : [{ name: 'flash', reason: 'share 20 of 100' }, after('mini')]
    }
  }

  #base(at: Instant, feature: Feature, { name }: Customer): AttemptRecord {
    const dice = this.#dice
    const isTest = dice.happens(0.03)
    return {
      ...noExchange,
      callId: dice.callId(at),
      attempt: 0,
      at,
      keyId: isTest ? 'staging' : keys[feature.key],
      env: isTest ? 'staging' : 'production',
      customer: name,
      feature: feature.name,
      session: feature.stream ? this.#session(at, name) : null,
      operation: 'chat',
      dialect: 'openai-chat',
      modelAsked: feature.task,
      task: feature.task,
      provider: null,
      model: null,
      role: 'served',
      policy: feature.task === 'extract' ? 'weighted' : 'fixed',
      configHash: this.#options.configHash,
      stream: feature.stream,
      endState: 'complete',
      cost: nothing,
      costSource: 'none',
      overheadUs: Math.round(dice.about(380, 0.35)),
    }
  }

  /** A customer has some conversations at a time, and others in the next hour. */
  #session(at: Instant, customer: string): string {
    const which = customers.findIndex(({ name }) => name === customer)
    const hour = Math.floor(at / hourUs)
    return `conv-${hour.toString(36)}-${which}${this.#dice.whole(0, 5)}`
  }

  #attempt(
    base: AttemptRecord,
    { model: fullName, serves, firstMs, tokensPerSecond, fails, dialect }: Manner,
    name: MannerName,
    feature: Feature,
    tokens: { readonly prompt: number; readonly answer: number },
  ): AttemptRecord {
    const dice = this.#dice
    const slash = fullName.indexOf('/')
    const provider = fullName.slice(0, slash)
    const model = fullName.slice(slash + 1)
    const { silent } = events
    const isNew = name === silent.name && this.#daysAgo(base.at) < silent.daysAgo
    const isDown = this.#isDown(provider, base.at)
    const known = { ...base, provider, model, credential: credentials[name] }
    if (dice.happens(isDown ? 0.93 : fails)) return this.#failed(known, isDown)
    const answer = Math.round(tokens.answer * (isNew ? silent.longer : 1))
    const cacheRead = dice.happens(feature.seen > 0 ? 0.8 : 0)
      ? Math.round(tokens.prompt * feature.seen)
      : 0
    const usage = { ...noUsage, input: tokens.prompt - cacheRead, cacheRead, output: answer }
    const waitsMs = firstMs * (1 + tokens.prompt / 40_000) * (isNew ? silent.slower : 1)
    const firstUs = Math.round(dice.about(waitsMs, 0.38) * 1_000)
    const writingUs = Math.round((answer / dice.about(tokensPerSecond, 0.18)) * 1_000_000)
    const totalUs = firstUs + writingUs
    const found = this.#options.catalog.find(provider, model, base.at)
    const cost = found?.segment ? costAt(found.segment, usage, base.at) : null
    const hasLeft = feature.stream && dice.happens(0.004)
    return {
      ...known,
      modelServed: isNew ? silent.serves : serves,
      usage,
      usageSource: hasLeft ? 'estimate' : 'provider',
      usageRaw:
        dialect === 'anthropic-messages'
          ? `{"input_tokens":${usage.input},"cache_read_input_tokens":${cacheRead},"output_tokens":${answer}}`
          : `{"prompt_tokens":${tokens.prompt},"completion_tokens":${answer},"total_tokens":${tokens.prompt + answer},"prompt_tokens_details":{"cached_tokens":${cacheRead}}}`,
      cost,
      costSource: cost === null ? 'unknown' : 'table',
      priceId: found?.segment ? `${fullName}@${found.segment.id}` : null,
      status: 200,
      endState: hasLeft ? 'caller_left' : 'complete',
      finish: hasLeft ? null : dice.happens(0.006) ? 'length' : 'stop',
      toolCalls: 0,
      answerId: `chatcmpl-${dice.hex(16)}`,
      connectUs: dice.happens(0.04) ? Math.round(dice.about(28_000, 0.3)) : null,
      firstByteUs: Math.round((feature.stream ? firstUs : totalUs) * 0.97),
      firstContentUs: feature.stream ? firstUs : null,
      totalUs,
    }
  }

  #failed(known: AttemptRecord, isDown: boolean): AttemptRecord {
    const dice = this.#dice
    const { status, code, text, us } = isDown
      ? dice.happens(0.7)
        ? failures.overloaded
        : failures.timeout
      : dice.pick([failures.rate, failures.rate, failures.broken, failures.timeout])
    const totalUs = Math.round(dice.about(us, 0.15))
    return {
      ...known,
      status,
      endState: code === 'provider_timeout' ? 'timeout' : 'provider_error',
      errorCode: code,
      errorText: text,
      firstByteUs: status === null ? null : Math.round(totalUs * 0.98),
      totalUs,
    }
  }

  #fromCache(base: AttemptRecord): AttemptRecord {
    const dice = this.#dice
    const name = base.task === 'classify' ? 'oss' : 'haiku'
    const model = manners[name].model
    const slash = model.indexOf('/')
    return {
      ...base,
      provider: model.slice(0, slash),
      model: model.slice(slash + 1),
      role: 'cache_hit',
      reason: `the answer of call ${dice.callId((base.at - dice.whole(60, 3_000) * 1_000_000) as Instant)}`,
      status: 200,
      totalUs: base.overheadUs,
      saved: BigInt(dice.whole(1_100_000_000, 4_600_000_000)) as Money,
      savedBy: 'cache',
    }
  }

  #refused(base: AttemptRecord): AttemptRecord {
    return {
      ...base,
      role: 'refused',
      status: 429,
      endState: 'refused',
      errorCode: 'rate_limit_exceeded',
      errorText: 'The rate of this key is used up for the moment.',
      totalUs: base.overheadUs,
    }
  }

  /** Somebody tries a model for which nobody has a price. */
  #tryout(base: AttemptRecord, feature: Feature): AttemptRecord {
    const { name } = events.unknown
    const direct = { ...base, attempt: 1, task: null, policy: null, reason: 'asked for by name' }
    const asked = { ...direct, modelAsked: manners[name].model, queueUs: 420 }
    const tokens = { prompt: feature.prompt, answer: feature.answer }
    return this.#attempt(asked, manners[name], name, feature, tokens)
  }

  /** What another model says to the same, when the answer has been given. */
  #shadow(
    served: AttemptRecord,
    feature: Feature,
    tokens: { readonly prompt: number; readonly answer: number },
  ): AttemptRecord | null {
    const { daysAgo, name, share } = events.shadow
    if (feature.task !== 'extract' || this.#daysAgo(served.at) > daysAgo) return null
    if (served.endState !== 'complete' || !this.#dice.happens(share)) return null
    const at = (served.at + (served.totalUs ?? 0) + 2_000) as Instant
    const base = {
      ...this.#bare(served),
      attempt: served.attempt + 1,
      at,
      role: 'shadow' as const,
      reason: `share ${share}`,
    }
    return this.#attempt(base, manners[name], name, { ...feature, stream: false }, tokens)
  }

  /** Who asked what, without how it was answered. */
  #bare(served: AttemptRecord): AttemptRecord {
    return { ...served, ...noExchange, policy: served.policy, cost: nothing, costSource: 'none' }
  }

  #daysAgo(at: Instant): number {
    return (this.#options.end - at) / dayUs
  }

  #isDown(provider: string, at: Instant): boolean {
    const { outage } = events
    if (provider !== outage.provider) return false
    const day = Math.floor(this.#options.end / dayUs) - outage.daysAgo
    const hour = (at - day * dayUs) / hourUs
    return hour >= outage.fromHour && hour < outage.toHour
  }
}
