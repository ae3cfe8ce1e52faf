import type { Instant } from '../../core/clock.ts'
import type { Money } from '../../core/money.ts'
import { type Grades, isOf, QualityWatch } from '../../routing/audit.ts'
import { type BanditState, propensityOf } from '../../routing/bandit.ts'
import { whyVoid } from '../../routing/certificate.ts'
import { type AsideQuestion, fitsAside, reserveAside, settleAside } from './aside.ts'
import { CanaryRun } from './canary-run.ts'
import { bookDrilled, type DrilledCall, newDrillState } from './drill.ts'
import { type Arm, banditOf, type Called, learnedFrom } from './learning.ts'
import { renewal } from './renewal.ts'
import type { RoutedTask } from './settings.ts'
import { agreementOf, compared } from './shadow.ts'
import { added, dayOf, policyOf, renewed, type RouteState, type SumState } from './state.ts'
import type { AuditRow, Surroundings } from './surroundings.ts'
import { targetOf } from './target.ts'

/** How often the certificate is held against what stands in force. */
const lookUs = 60_000_000
const weekUs = 7 * 86_400_000_000
/** Audits in the first week of a policy, when a mistake in its table would show. */
const firstWeekShare = 0.05

const fallen = 'its audits say that quality has fallen'

/**
 * The routing of one task while it lives: whether its policy still carries what it promises, what its
 * audits say, what it has saved, and how far its canary is. Nothing here is ever loosened without a
 * person: a policy that is void stays so until there is another one.
 */
export class LiveTask {
  readonly #around: Surroundings
  #task: RoutedTask
  #state: RouteState
  #watch: QualityWatch | null = null
  #canary: CanaryRun | null = null
  #lookedAt = 0
  #why: string | null = null
  /** What the other threads know of the same task. */
  #others: readonly RouteState[] = []

  constructor(task: RoutedTask, state: RouteState | null, around: Surroundings) {
    this.#around = around
    this.#task = task
    const now = around.clock.now()
    const policy = policyOf(task)
    this.#state = state?.policy === policy ? state : renewed(policy, state, now)
    this.#begin()
  }

  get name(): string {
    return this.#task.name
  }

  get state(): RouteState {
    return this.#state
  }

  get task(): RoutedTask {
    return this.#task
  }

  get watch(): QualityWatch | null {
    return this.#watch
  }

  get canary(): CanaryRun | null {
    return this.#canary
  }

  /** Whether audits have raised the alarm, in whichever thread. */
  get alarmed(): boolean {
    return (
      this.#watch?.alarmed === true || this.#others.some(({ watch }) => watch?.alarmed === true)
    )
  }

  /** How far the audited answers are above the target on average; null before the first audit. */
  get margin(): number | null {
    const target = this.#watch?.target ?? null
    const all = [this.#state, ...this.#others].flatMap(({ watch }) =>
      watch === null || target === null || !isOf(watch, target) ? [] : [watch],
    )
    const count = all.reduce((total, each) => total + each.count, 0)
    return count === 0 ? null : all.reduce((total, { sum }) => total + sum, 0) / count
  }

  /** Whether answers from before the policy came into force say nothing any more. */
  get outdated(): boolean {
    return this.#state.voided !== null || this.alarmed
  }

  /** Of all threads. */
  get sums(): SumState {
    return this.#others.reduce((total, { sums }) => added(total, sums), this.#state.sums)
  }

  /**
   * Takes over what other threads have found out, which is never anything that loosens.
   * @param states  of the same task
   */
  follow(states: readonly RouteState[]): void {
    const alike = states.filter(({ policy }) => policy === this.#state.policy)
    const wasAlarmed = this.alarmed
    this.#others = alike
    if (this.alarmed !== wasAlarmed) this.#lookedAt = 0
    const voided = alike.find((state) => state.voided !== null)?.voided ?? null
    if (voided !== null) this.void(voided.why)
    // After a restart there may be fewer threads, and that one not among them.
    if (alike.some(({ watch }) => watch?.alarmed === true)) this.void(fallen)
    for (const { canary } of states) if (canary !== null) this.#canary?.follow(canary)
  }

  /** The task as a new configuration has it. Another policy begins anew; the same goes on. */
  configure(task: RoutedTask): void {
    this.#task = task
    const policy = policyOf(task)
    if (this.#state.policy !== policy) {
      this.#state = renewed(policy, this.#state, this.#around.clock.now())
      this.#around.alarms.resolve('routing_void', promptOf(task.name))
      this.#around.changed(true)
    }
    this.#begin()
  }

  #begin(): void {
    this.#lookedAt = 0
    const { routing, canary } = this.#task
    const target = routing === null ? null : targetOf(routing)
    this.#watch =
      target === null ? null : new QualityWatch(target, this.#state.watch, this.#around.lanes)
    if (canary === null) {
      this.#canary = null
      this.#state.canary = null
    } else if (!Bun.deepEquals(this.#canary?.settings, canary)) {
      this.#canary = new CanaryRun(this.#task.name, canary, this.#state.canary, this.#around)
      const drill = canary.drill?.id
      if (drill !== undefined && this.#state.drill?.id !== drill)
        this.#state.drill = newDrillState(drill)
      this.#state.canary = this.#canary.state
    }
  }

  /**
   * Why every call goes to the strong model; null while the policy decides.
   * @param prices  names what the models cost now
   */
  whyFallback(prices: () => string): string | null {
    const now = this.#around.clock.now()
    if (now - this.#lookedAt < lookUs) return this.#why
    this.#lookedAt = now
    const why = this.#look(prices, now)
    const { name } = this.#task
    if (why === null) {
      this.#around.alarms.resolve('routing_void', name)
      this.#around.alarms.resolve('routing_quality', name)
    } else if (!this.alarmed) {
      const model = this.#task.models.at(-1)
      this.#around.alarms.raise(
        'routing_void',
        name,
        `${name} is answered by ${model} alone: ${why}. To renew the policy: ${renewal(this.#task)}`,
      )
    }
    this.#why = why
    return why
  }

  #look(prices: () => string, now: Instant): string | null {
    const { routing, models } = this.#task
    if (routing === null) return null
    const { fitted, fault, guarantee } = routing
    if (fault !== null) return `its policy ${fault.replace(/\.$/, '')}`
    if (fitted === null) return guarantee === null ? null : 'what it promises is not proven yet'
    const why = whyVoid(fitted, guarantee, models, now)
    if (why !== null) return `its policy does not carry the promise: ${why}`
    this.#compare(prices())
    if (this.#state.voided !== null) return this.#state.voided.why
    return this.alarmed ? fallen : null
  }

  #compare(prices: string): void {
    if (this.#state.prices === null) {
      this.#state.prices = prices
      this.#around.changed(false)
    } else if (this.#state.prices !== prices)
      this.void('the price of one of its models has changed since the policy came into force')
  }

  /** What a model calls itself: another name is another model than the one that was proven. */
  noteVersion(model: string, served: string): void {
    const { routing } = this.#task
    if (routing === null || routing.fitted === null) return
    const known = this.#state.versions[model]
    const name = fitForSentence(served)
    if (known === name) return
    if (known === undefined) {
      this.#state.versions[model] = name
      this.#around.changed(false)
    } else this.void(`${model} was ${known} when the policy came into force, and is ${name}`)
  }

  /** A call that says something else with its prompt than the policy was proven with. @returns why it goes to the strong model */
  otherPrompt(hash: string): string {
    const { name } = this.#task
    const why = `its prompt, tools or schema (${hash}) are not those that the policy was proven with`
    this.#around.alarms.raise(
      'routing_void',
      promptOf(name),
      `Calls of ${name} go to ${this.#task.models.at(-1)}: ${why}. To renew the policy: ${renewal(this.#task)} --prompt-hash ${hash}`,
    )
    return why
  }

  /** From the next call on the strong model answers, until there is another policy. */
  void(why: string): void {
    if (this.#state.voided !== null) return
    this.#state.voided = { why, at: this.#around.clock.now() }
    this.#lookedAt = 0
    this.#around.changed(true)
  }

  /** What is known of the policy and of the strong model alone; null where nothing is learned. */
  get bandit(): BanditState | null {
    return banditOf(this.#task.routing, this.#state)
  }

  /** The probability with which the policy answers the next call; null where nothing is learned. */
  get propensity(): number | null {
    const { bandit } = this
    return bandit === null ? null : propensityOf(bandit)
  }

  /** Which of two ways that are both proven answers a call, and with which probability; null: nothing is learned. */
  drawArm(): { readonly arm: Arm; readonly propensity: number } | null {
    const { propensity } = this
    if (propensity === null) return null
    return this.#around.random.next() < propensity
      ? { arm: 'policy', propensity }
      : { arm: 'strong', propensity: 1 - propensity }
  }

  /** Whether a call is audited, drawn by chance alone. @returns the probability with which it was; null: it is not */
  drawAudit(): number | null {
    const audit = this.#task.routing?.audit ?? null
    if (audit === null) return null
    const probability = this.auditShare()
    return this.#around.random.next() < probability ? probability : null
  }

  /** The probability with which a call is audited now. */
  auditShare(): number {
    const audit = this.#task.routing?.audit ?? null
    if (audit === null) return 0
    const now = this.#around.clock.now()
    const { callsBefore } = (this.#state.day = dayOf(this.#state.day, now))
    const floor =
      callsBefore === null ? 0 : audit.floor / this.#around.lanes / Math.max(1, callsBefore)
    const first = now - this.#state.adoptedAt < weekUs ? firstWeekShare : 0
    return Math.min(1, Math.max(audit.share, floor, audit.share === 0 ? 0 : first))
  }

  /** Whether a call is shadowed. */
  drawShadow(): number | null {
    const share = this.#task.shadow?.share ?? 0
    return this.#around.random.next() < share ? share : null
  }

  /** Sets aside what a question in nobody's way may cost at most; false: it is not asked. */
  reserve(kind: 'audit' | 'shadow', most: Money | null): boolean {
    const question = this.#asideQuestion(kind, most)
    const fits = question !== null && reserveAside(this.#state, question)
    if (!fits) this.#state.sums.skipped += 1
    this.#around.changed(false)
    return fits
  }

  /** Whether there is money left today for an audit of a call like this one. */
  affordsAudit(most: Money | null): boolean {
    const question = this.#asideQuestion('audit', most)
    return question !== null && fitsAside(this.#state, question)
  }

  /** Null where nothing of the kind is asked. */
  #asideQuestion(kind: AsideQuestion['kind'], most: Money | null): AsideQuestion | null {
    const { routing, shadow } = this.#task
    const cap = kind === 'audit' ? routing?.audit?.cap : shadow?.cap
    const { clock, lanes } = this.#around
    return cap === undefined ? null : { kind, most, cap, lanes, now: clock.now() }
  }

  /** Trades what was set aside for what it came to. @param cost  null: not known, and so all of it */
  settle(kind: 'audit' | 'shadow', reserved: Money, cost: Money | null): void {
    settleAside(this.#state, kind, reserved, cost ?? reserved, this.#around.clock.now())
    this.#around.changed(false)
  }

  /** A shadow that has answered. @param agrees  from 0 to 1; null: nobody can tell */
  shadowed(agrees: number | null): void {
    this.#state.sums.shadows += 1
    this.#around.changed(false)
    const { shadow } = this.#task
    if (shadow !== null) this.#state.shadow = compared(this.#state.shadow, shadow, agrees)
  }

  /** How often the shadow said what callers were told, in this thread; null before its first answer. */
  get shadowAgreement() {
    return agreementOf(this.#state.shadow, this.#task.shadow)
  }

  /** One that was drawn and could not be asked. */
  skip(): void {
    this.#state.sums.skipped += 1
    this.#around.changed(false)
  }

  /** Books an audit. */
  audited(audit: Omit<AuditRow, 'task' | 'policy'>): void {
    const { sums } = this.#state
    const grades: Grades | null = audit.scores
    const policy = this.#task.routing?.fitted?.facts.sha256 ?? null
    this.#around.keepAudit({ ...audit, task: this.#task.name, policy })
    const day = (this.#state.day = dayOf(this.#state.day, this.#around.clock.now()))
    day.audits += 1
    sums.audits += 1
    if (grades === null) sums.ungraded += 1
    const watch = this.#watch
    if (grades === null || watch === null) return this.#around.changed(false)
    const before = watch.alarmed
    const alarmed = watch.observe(grades)
    this.#state.watch = watch.state()
    if (alarmed && !before) this.#alarm(watch)
    this.#around.changed(alarmed && !before)
  }

  #alarm(watch: QualityWatch): void {
    this.#lookedAt = 0
    const { name, models } = this.#task
    const short = (100 * -(watch.margin ?? 0)).toFixed(1)
    this.#around.alarms.raise(
      'routing_quality',
      name,
      `After ${watch.count} audits the answers of ${name} are ${short} points short of the ${watch.target} that they have to agree with those of ${models.at(-1)}, which answers alone from now on. To renew the policy: ${renewal(this.#task)}`,
    )
  }

  /** Books a call of a provider that is being left. One of a drill that is over tells no more. */
  drilled(call: DrilledCall): void {
    const { drill } = this.#state
    if (drill === undefined || drill.id !== call.id) return
    bookDrilled(drill, call)
    const isOf = this.#canary?.settings.drill?.id === call.id
    const rolledBack = isOf ? (this.#canary?.state.rolledBack ?? null) : null
    if (rolledBack !== null) drill.takenBack ??= rolledBack
    this.#around.changed(false)
  }

  /** Books a call that has ended. Picodollars; null: not known. */
  called(call: Called): void {
    const learned = learnedFrom(call, this.#task.routing, this.#state)
    if (learned !== null) this.#state.bandit = learned
    const { sums } = this.#state
    const day = (this.#state.day = dayOf(this.#state.day, this.#around.clock.now()))
    day.calls += 1
    sums.calls += 1
    if (call.outcome === 'strong') sums.escalated += 1
    if (call.outcome === 'fallback') sums.fallbacks += 1
    if (call.cost === null || call.strongCost === null) sums.unknown += 1
    else {
      sums.cost = String(BigInt(sums.cost) + call.cost)
      sums.strongCost = String(BigInt(sums.strongCost) + call.strongCost)
    }
    this.#around.changed(false)
  }
}

/** Whom an alarm about single calls is about, so that it is not over while the policy holds for others. */
function promptOf(name: string): string {
  return `${name} prompt`
}

/** Providers choose what their models call themselves. */
function fitForSentence(name: string): string {
  return name.replaceAll(/[^!-~]/g, '?').slice(0, 100)
}
