/** How far the time of one machine is shared out. */
export interface Machine {
  /** Microseconds of the machine that one attempt present since the beginning would have got. */
  shareUs: number
  sinceUs: number
  /** Attempts that run on it now, of all threads. */
  readonly running: number
  /** Changes how many of this thread's attempts run. */
  run(attempts: number): void
}

/** Where the time of machines is shared out: for one thread, or for several. */
export interface Machines {
  /**
   * No other thread looks at a machine or changes one until `leave`.
   * @returns the time by which all threads go
   */
  enter(nowUs: number): number
  leave(): void
  /** @throws limits_full */
  of(name: string): Machine
}

/** For one thread. There are as many as the configuration names. */
export class LocalMachines implements Machines {
  readonly #machines = new Map<string, Machine>()

  enter(nowUs: number): number {
    return nowUs
  }

  leave(): void {}

  of(name: string): Machine {
    let machine = this.#machines.get(name)
    if (!machine) this.#machines.set(name, (machine = new LocalMachine()))
    return machine
  }
}

class LocalMachine implements Machine {
  shareUs = 0
  sinceUs = 0
  running = 0

  run(attempts: number): void {
    this.running += attempts
  }
}
