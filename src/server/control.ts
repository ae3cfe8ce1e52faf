import type { Alarms } from '../alarms/alarms.ts'
import type { StudyOrder } from '../control/economics/breakeven-study.ts'
import type { BreakEvenStudy } from '../control/economics/breakeven-types.ts'
import type { Settings as FileSettings } from '../config/settings.ts'
import type { Clock, Instant } from '../core/clock.ts'
import type { Snapshot } from '../gateway/pipeline/snapshot.ts'
import type { ErasedCounts } from '../store/erasure.ts'
import type { LedgerReport, Progress } from '../store/findings.ts'
import type { KeyRow, Store } from '../store/ports.ts'
import type { Simulated } from '../store/simulated.ts'
import type {
  CardJson,
  ChargesJson,
  ChargesWish,
  DriftWishJson,
  ImportJson,
  ImportWishJson,
  PriceVersionJson,
  ReRatingJson,
  ReRatingWishJson,
} from './prices-json.ts'
import type {
  EvalCaseJson,
  EvalRunJson,
  EvalRunWholeJson,
  JudgeCalibrationJson,
} from './contract/evals.ts'
import type { KeyJson } from './contract/keys.ts'
import type {
  ChangeJson,
  ChangesJson,
  ConfigAppliedJson,
  ConfigCheckJson,
  ConfigJson,
  SettingsJson,
} from './contract/settings.ts'
import type { ModelJson } from './contract/models.ts'
import type { StatusJson } from './contract/status.ts'
import type { SwapPlanJson } from './contract/tasks.ts'

/** What the control wing can see and do, with or without a running gateway; `src/compose/` makes it. */
export interface Control {
  readonly store: Store
  readonly alarms: Alarms
  readonly clock: Clock
  readonly snapshot: () => Snapshot
  readonly timezone: string
  /** What margins need and no ledger knows, as the file says it now. */
  readonly economics: () => EconomicsSettings
  readonly checkup: LedgerCheckup
  readonly prices: PriceDesk
  readonly studies: Studies
  readonly config: ConfigDesk
  readonly changes: ChangeBook
  /** That the store's traffic was made up; null for a store of real calls. */
  readonly simulated: Simulated | null
  readonly evals: KeptEvals
  readonly erasures: Erasures
  status(activeCalls: number): Promise<StatusJson>
  models(): readonly ModelJson[]
  keys(): Promise<readonly KeyJson[]>
  /** Makes a key of the store. @returns the secret, which is shown this once. @throws RangeError */
  createKey(wish: KeyWish): Promise<{ readonly key: KeyRow; readonly secret: string }>
  /** @returns false when no live key of the store has this id */
  revokeKey(id: string): Promise<boolean>
  /** Null takes it away. @returns false when no live key of the store has this id. @throws RangeError */
  setKeyBudget(id: string, budget: KeyWish['budget']): Promise<boolean>
  /** Reads the configuration again. @returns why it was refused; empty when it is in force */
  reload(): Promise<readonly string[]>
  /** What `swap` would write. @throws RangeError with a sentence */
  planSwap(task: string, models: readonly string[]): SwapPlan
  /** Puts a model behind a task, in the file. @throws RangeError with a sentence */
  swap(
    task: string,
    models: readonly string[],
  ): Promise<{ readonly before: readonly string[]; readonly after: readonly string[] }>
}

/** The text of a task in the file, now and with other models. */
export type SwapPlan = Omit<SwapPlanJson, 'task'>

export type EconomicsSettings = FileSettings['economics']

/** The configuration's file as it is edited through /api; `src/compose/` makes it. */
export interface ConfigDesk {
  look(): ConfigJson
  /** @throws RangeError with a sentence */
  check(text: string): ConfigCheckJson
  /**
   * Writes the file and puts it in force, or leaves it as it is.
   * @param hash  of the file from which the text was made
   * @throws RangeError with a sentence, also when the file was changed meanwhile
   */
  apply(text: string, hash: string): Promise<ConfigAppliedJson>
  settings(): SettingsJson
}

/** Who changed what through /api. */
export interface ChangeBook {
  /** Resolves when the line is in the store. */
  add(change: Omit<ChangeJson, 'id' | 'at'>): Promise<void>
  /** @param after  the last line of the page before; null for the first page */
  list(limit: number, after: string | null): Promise<ChangesJson>
}

/** What takes long to reckon, and is reckoned where no call waits for it. */
export interface Studies {
  /** @throws RangeError with a sentence */
  breakEven(order: StudyOrder): Promise<BreakEvenStudy>
}

/** Runs of evaluations, as the command that made them left them in the store's folder. */
export interface KeptEvals {
  /** Newest first. */
  list(limit: number): Promise<readonly EvalRunJson[]>
  /** Null where none of this id is kept. */
  run(id: string): Promise<EvalRunWholeJson | null>
  /** Null where there is no case of this number. */
  case(id: string, at: number): Promise<EvalCaseJson | null>
  judges(): Promise<readonly JudgeCalibrationJson[]>
}

/** Forgetting what a customer said: one at a time, and looked after meanwhile. */
export interface Erasures {
  /**
   * @param by  the key of whoever wants it
   * @throws RangeError while another customer's words are being erased
   */
  start(customer: string, dry: boolean, by: string): ErasureState
  look(customer: string): ErasureState
  /** What is gone stays gone. */
  stop(customer: string): ErasureState
}

export interface ErasureState {
  readonly state: 'idle' | 'running' | 'done' | 'stopped' | 'failed'
  readonly dry: boolean
  /** Of the work, from 0 to 1. */
  readonly share: number
  /** What is left of it; null where that is not known yet, and where nothing runs. */
  readonly leftMs: number | null
  /** Null where none was begun. */
  readonly counts: ErasedCounts | null
  /** Why it could not be done; null unless it failed. */
  readonly error: string | null
}

/** Which card of a model: valid at an instant as it was believed at another, where and how it is served. */
export interface CardWish {
  readonly at: Instant
  readonly known: Instant
  /** 'standard' where the seller has one price everywhere. */
  readonly region: string
  /** 'standard', 'batch', 'priority', 'flex'. */
  readonly mode: string
}

/** The price book, and what it makes of the ledger. */
export interface PriceDesk {
  /** Every version there ever was, the first first. */
  versions(): Promise<readonly PriceVersionJson[]>
  /** Null where nothing is known of the model. */
  card(model: string, wish: CardWish): Promise<CardJson | null>
  /** @throws RangeError with a sentence */
  take(wish: ImportWishJson): Promise<ImportJson>
  /** Null where none of this id is held. */
  decide(
    id: number,
    confirmed: boolean,
  ): Promise<{ readonly version: PriceVersionJson; readonly refused: readonly string[] } | null>
  /** @throws RangeError with a sentence */
  reRate(wish: ReRatingWishJson): Promise<ReRatingJson>
  charges(wish: ChargesWish): Promise<ChargesJson>
  /** Raises the alarm of an invoice that does not match, or takes it back. */
  drift(wish: DriftWishJson): void
}

/** A check of the whole ledger: it takes as long as it takes, and is looked after meanwhile. */
export interface LedgerCheckup {
  /** Begins one, unless one runs. */
  start(): CheckupState
  look(): CheckupState
  /** Ends the one that runs. */
  stop(): CheckupState
}

export interface CheckupState {
  readonly state: 'idle' | 'running' | 'done' | 'stopped' | 'failed'
  /** Null unless it runs. */
  readonly progress: Progress | null
  /** Null unless it is done. */
  readonly report: LedgerReport | null
  /** Why it could not be done; null unless it failed. */
  readonly error: string | null
}

export interface KeyWish {
  readonly id: string
  readonly role: 'caller' | 'viewer' | 'admin'
  readonly env: string | null
  readonly tasks: readonly string[] | null
  readonly budget: {
    readonly limit: string
    readonly per: 'day' | 'week' | 'month' | 'total'
  } | null
}
