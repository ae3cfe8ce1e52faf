import type { Instant } from '../../core/clock.ts'
import {
  type CallOutcome,
  type Guard,
  type GuardFinding,
  GuardTests,
  isCanary,
} from '../../routing/canary.ts'
import type { TaskCanary } from './settings.ts'
import type { CanaryState } from './state.ts'
import type { Surroundings } from './surroundings.ts'

const said = {
  errorRate: 'it fails more often than error_rate allows',
  schemaValid: 'its answers fit their schema less often than schema_valid allows',
  refusal: 'it refuses more often than refusal allows',
  p95Latency: 'it is slower than p95_latency allows',
  cost: 'it costs more than cost allows',
} as const satisfies Record<Guard, string>

/** A canary on its way through its steps. Going back needs nobody; a canary that was rolled back stays out. */
export class CanaryRun {
  readonly settings: TaskCanary
  readonly #task: string
  readonly #around: Surroundings
  readonly #tests: GuardTests
  readonly state: CanaryState

  constructor(task: string, settings: TaskCanary, state: CanaryState | null, around: Surroundings) {
    this.settings = settings
    this.#task = task
    this.#around = around
    this.#tests = new GuardTests(settings.guards, around.lanes)
    const { model, steps, drill } = settings
    const id = [`${model.provider}/${model.model}`, ...steps, ...(drill ? [drill.id] : [])].join(
      ' ',
    )
    this.state =
      state?.id === id
        ? state
        : { id, step: 0, since: around.clock.now(), calls: 0, rolledBack: null, promoted: false }
  }

  /** The share of the traffic that it has now. */
  get share(): number {
    const { step, rolledBack } = this.state
    return rolledBack === null ? (this.settings.steps[step] ?? 0) : 0
  }

  /** What each guard has seen since the gateway started: with several threads, in this one. */
  findings(): readonly GuardFinding[] {
    return this.#tests.findings()
  }

  /** @param unit  what stays on one side: a session, or a call */
  takes(unit: string): boolean {
    const { share } = this
    return share > 0 && isCanary(`${this.#task} ${this.state.id}`, unit, share)
  }

  observe(side: 'canary' | 'incumbent', outcome: CallOutcome): void {
    if (side === 'incumbent') return this.#tests.incumbent(outcome)
    if (this.state.rolledBack !== null) return
    const broken = this.#tests.canary(outcome)
    this.state.calls += 1
    if (broken === null) this.#advance()
    else this.#rollBack(broken)
  }

  /** Goes on with the thread that passed its step first, and back with the one that went back. */
  follow(other: CanaryState): void {
    if (other.id !== this.state.id) return
    if (other.rolledBack !== null && this.state.rolledBack === null) {
      this.state.rolledBack = other.rolledBack
      this.#around.changed(true)
    } else if (other.step > this.state.step) {
      this.state.step = other.step
      this.state.since = other.since
      this.state.calls = 0
    }
    if (other.promoted) this.state.promoted = true
  }

  #advance(): void {
    const { state, settings } = this
    const now = this.#around.clock.now()
    const isHeld = now - state.since >= settings.holdMs * 1_000 && state.calls >= settings.calls
    if (!isHeld || state.promoted) return this.#around.changed(false)
    if (state.step + 1 < settings.steps.length) {
      state.step += 1
      state.since = now
      state.calls = 0
    } else state.promoted = true
    this.#around.changed(true)
  }

  #rollBack(guard: Guard): void {
    const at: Instant = this.#around.clock.now()
    this.state.rolledBack = { why: said[guard], at }
    const { model, drill } = this.settings
    const name = `${model.provider}/${model.model}`
    if (drill === undefined)
      this.#around.alarms.raise(
        'canary_rolled_back',
        this.#task,
        `${name} was taken back from ${this.#task} at step ${this.state.step + 1}: ${said[guard]}. Take its canary: out of the file, or name another model there.`,
      )
    else
      this.#around.alarms.raise(
        'drill_stopped',
        this.#task,
        `${name} no longer answers for ${drill.provider} in the drill of ${this.#task}: ${said[guard]}. Every call is answered as before. What was seen: freehold drill --live`,
      )
    this.#around.changed(true)
  }
}
