/** The first thread reads its code while the configuration is read, and is waiting when it is needed. */
export class LedgerThreads {
  #waiting: Worker | null = newLedgerThread()

  spawn(): Worker {
    const thread = this.#waiting ?? newLedgerThread()
    this.#waiting = null
    return thread
  }

  /** Runs `start`; when it fails before a thread was needed, none is left behind. */
  async orNone<Started>(start: () => Promise<Started>): Promise<Started> {
    try {
      return await start()
    } catch (error) {
      this.#waiting?.terminate()
      throw error
    }
  }
}

function newLedgerThread(): Worker {
  return new Worker(new URL('../threads/ledger.ts', import.meta.url))
}

/** The simulator in a thread of its own, started by the first call that needs it. */
export class SimulatorThread {
  #worker: Worker | null = null
  #address: Promise<string> | null = null

  address(): Promise<string> {
    this.#address ??= this.#start()
    return this.#address
  }

  stop(): void {
    this.#worker?.terminate()
  }

  #start(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const worker = new Worker(new URL('../../simulator/worker.ts', import.meta.url))
    this.#worker = worker
    worker.addEventListener(
      'message',
      ({ data }: MessageEvent<{ url?: string; error?: string }>) => {
        if (data.url !== undefined) resolve(data.url)
        else if (data.error !== undefined) reject(new Error(data.error))
      },
    )
    const ended = (): void => {
      this.#address = null
      reject(new Error('the simulator ended'))
    }
    worker.addEventListener('error', ended)
    worker.addEventListener('close', ended)
    return promise
  }
}
