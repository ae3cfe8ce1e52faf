import type { Environment } from '../config/environment.ts'
import type { Clock } from '../core/clock.ts'
import { systemRandom } from '../core/random.ts'
import { Experiments } from '../gateway/experiments/experiments.ts'
import { Health } from '../gateway/health/health.ts'
import { HedgeBudget } from '../gateway/health/hedge-budget.ts'
import { KeyRoom } from '../gateway/health/key-room.ts'
import { Latencies } from '../gateway/health/latencies.ts'
import { RetryBudget } from '../gateway/health/retry-budget.ts'
import { Budgets } from '../gateway/limits/budgets.ts'
import { Rates } from '../gateway/limits/rates.ts'
import type { SharedLimits } from '../gateway/limits/shared-limits.ts'
import { Shedding } from '../gateway/limits/shedding.ts'
import { Affinity } from '../gateway/pipeline/affinity.ts'
import { CacheFlights } from '../gateway/pipeline/cache-flights.ts'
import { GpuMeter } from '../gateway/pipeline/gpu-meter.ts'
import { KeepingRoom } from '../gateway/pipeline/keeping.ts'
import type { Parts } from '../gateway/pipeline/parts.ts'
import { TokenRatios } from '../gateway/pipeline/token-ratio.ts'
import { fetchUpstream } from '../gateway/upstream/fetch-upstream.ts'
import { SocketUpstream } from '../gateway/upstream/socket-upstream.ts'
import type { Upstream } from '../gateway/upstream/upstream.ts'
import { Vault } from '../gateway/vault/vault.ts'
import { SandboxChecks } from './checks.ts'
import { type Bell, budgetAlarm, healthAlarm, sheddingAlarm } from './alarms.ts'

/** What a thread that serves calls is given; all else it makes for itself. */
export interface Given extends Pick<
  Parts,
  | 'snapshot'
  | 'keyring'
  | 'ledger'
  | 'payloads'
  | 'shelf'
  | 'idempotentCalls'
  | 'simulator'
  | 'observe'
> {
  readonly clock: Clock
  readonly alarms: Bell
  readonly timezone: string
  readonly env: Environment
  /** Null where one thread serves alone. */
  readonly shared: SharedLimits | null
  /** How many threads serve. */
  readonly threads: number
  /** Which of them it is; the main thread is 0. */
  readonly thread?: number
  readonly upstream?: Upstream | undefined
}

/** Memory for answers that are being recorded, of all threads together. */
const keepingBytesMax = 64_000_000

/** The parts of one thread that serves calls. */
export function partsOf(given: Given): Parts {
  const { clock, alarms, shared, shelf, env } = given
  const elapsedUs = (): number => clock.elapsedUs()
  const chance = (): number => systemRandom.next()
  return {
    snapshot: given.snapshot,
    keyring: given.keyring,
    clock,
    random: systemRandom,
    ledger: given.ledger,
    payloads: given.payloads,
    shelf,
    vault: new Vault(shelf, () => clock.now()),
    budgets: new Budgets(given.timezone, budgetAlarm(alarms), shared?.budgets),
    rates: new Rates(shared?.meters),
    shedding: new Shedding({ elapsedUs, chance, onChange: sheddingAlarm(alarms) }),
    health: new Health({ elapsedUs, chance, onChange: healthAlarm(alarms) }),
    latencies: new Latencies(elapsedUs),
    keyRoom: new KeyRoom(elapsedUs),
    retryBudget: new RetryBudget(elapsedUs),
    hedges: new HedgeBudget(),
    cacheFlights: new CacheFlights(),
    upstream: given.upstream ?? (isProxied(env) ? fetchUpstream : new SocketUpstream()),
    gpus: new GpuMeter(elapsedUs, shared?.machines),
    tokenRatios: new TokenRatios(),
    idempotentCalls: given.idempotentCalls,
    keepingRoom: new KeepingRoom(keepingBytesMax / given.threads),
    affinity: new Affinity(elapsedUs),
    alarms,
    experiments: new Experiments({
      clock,
      random: systemRandom,
      shelf,
      alarms,
      lane: given.thread ?? 0,
      lanes: given.threads,
    }),
    checks: new SandboxChecks(env),
    simulator: given.simulator,
    observe: given.observe,
  }
}

/** `fetch` knows how to go through a proxy that the environment names; our own sockets do not. */
function isProxied(env: Environment): boolean {
  return ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].some(
    (name) => (env[name] ?? '') !== '',
  )
}
