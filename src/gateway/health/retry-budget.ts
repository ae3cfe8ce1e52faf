/** One second try at a provider for so many calls that it was sent lately... */
const callsPerRetry = 5
/** ... which are forgotten with this time constant. */
const memoryUs = 10_000_000
/** With little traffic a share is nothing: so many are free, and come back one a second. */
const floor = 3
const floorPerUs = 1 / 1_000_000

interface Account {
  /** Sent lately, and not yet used up by a second try. */
  calls: number
  /** Of the floor. */
  free: number
  atUs: number
}

/**
 * How often a provider that failed may be asked a second time. A count for each call would double the
 * load on a provider in the moment in which it can bear it least; a share of its traffic adds a fifth.
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/circuit_breaker.proto
 */
export class RetryBudget {
  readonly #accounts = new Map<string, Account>()
  readonly #elapsedUs: () => number

  /** @param elapsedUs  microseconds on a monotonic clock */
  constructor(elapsedUs: () => number) {
    this.#elapsedUs = elapsedUs
  }

  /** A call was sent there for the first time. @param nowUs  when; unset: now */
  earn(provider: string, nowUs = this.#elapsedUs()): void {
    this.#account(provider, nowUs).calls += 1
  }

  /** False when the provider has to be spared. */
  take(provider: string): boolean {
    const account = this.#account(provider, this.#elapsedUs())
    if (account.calls >= callsPerRetry) account.calls -= callsPerRetry
    else if (account.free >= 1) account.free -= 1
    else return false
    return true
  }

  #account(provider: string, nowUs: number): Account {
    let account = this.#accounts.get(provider)
    if (account === undefined) {
      account = { calls: 0, free: floor, atUs: nowUs }
      this.#accounts.set(provider, account)
      return account
    }
    const passedUs = nowUs - account.atUs
    if (passedUs > 0) {
      account.calls *= Math.exp(-passedUs / memoryUs)
      account.free = Math.min(account.free + passedUs * floorPerUs, floor)
      account.atUs = nowUs
    }
    return account
  }
}
