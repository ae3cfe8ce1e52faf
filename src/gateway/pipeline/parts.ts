import type { Alarms } from '../../alarms/alarms.ts'
import type { Clock } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import type { AttemptRecord } from '../../core/record.ts'
import type { LedgerWriter, PayloadWriter, Shelf } from '../../store/ports.ts'
import type { Health } from '../health/health.ts'
import type { HedgeBudget } from '../health/hedge-budget.ts'
import type { KeyRoom } from '../health/key-room.ts'
import type { Latencies } from '../health/latencies.ts'
import type { RetryBudget } from '../health/retry-budget.ts'
import type { Budgets } from '../limits/budgets.ts'
import type { Rates } from '../limits/rates.ts'
import type { Shedding } from '../limits/shedding.ts'
import type { Experiments } from '../experiments/experiments.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Affinity } from './affinity.ts'
import type { CacheFlights } from './cache-flights.ts'
import type { Checks } from './checks.ts'
import type { Vault } from '../vault/vault.ts'
import type { GpuMeter } from './gpu-meter.ts'
import type { IdempotentCalls } from './idempotent-calls.ts'
import type { KeepingRoom } from './keeping.ts'
import type { Keyring } from './keyring.ts'
import type { Snapshot } from './snapshot.ts'
import type { TokenRatios } from './token-ratio.ts'

/** Everything the pipeline is given. What may change while it runs is asked for, not kept. */
export interface Parts {
  readonly snapshot: () => Snapshot
  readonly keyring: Keyring
  readonly clock: Clock
  readonly random: Random
  readonly ledger: LedgerWriter
  readonly payloads: PayloadWriter
  readonly shelf: Shelf
  readonly vault: Vault
  readonly budgets: Budgets
  readonly rates: Rates
  readonly shedding: Shedding
  readonly health: Health
  readonly latencies: Latencies
  readonly keyRoom: KeyRoom
  readonly retryBudget: RetryBudget
  readonly hedges: HedgeBudget
  readonly upstream: Upstream
  readonly gpus: GpuMeter
  readonly affinity: Affinity
  readonly tokenRatios: TokenRatios
  readonly idempotentCalls: IdempotentCalls
  readonly keepingRoom: KeepingRoom
  readonly cacheFlights: CacheFlights
  readonly alarms: Pick<Alarms, 'raise' | 'resolve'>
  readonly experiments: Experiments
  readonly checks: Checks
  /** Where the simulator listens; it is started by the first call that needs it. */
  readonly simulator: () => Promise<string>
  /** Told of every row that goes on the ledger. */
  readonly observe: (record: AttemptRecord) => void
}
