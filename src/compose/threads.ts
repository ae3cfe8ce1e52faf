import { simulatorFile, threadFile } from './thread-file.ts'

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
  return new Worker(threadFile('ledger'))
}

/** Further threads that serve calls: they read their code while the store is opened. */
export class ServingThreads {
  readonly #start: () => Worker
  #waiting: Worker[] = []

  constructor(start: () => Worker = newServingThread) {
    this.#start = start
  }

  prepare(count: number): void {
    for (let made = 0; made < count; made += 1) {
      const thread = this.#start()
      this.#waiting.push(thread)
      // One that dies before it is taken is not given to anybody: the next will say why.
      thread.addEventListener('error', (event) => event.preventDefault())
      thread.addEventListener('close', () => {
        this.#waiting = this.#waiting.filter((other) => other !== thread)
      })
    }
  }

  spawn(): Worker {
    return this.#waiting.pop() ?? this.#start()
  }

  /** Ends those that nobody took. */
  end(): void {
    for (const thread of this.#waiting.splice(0)) thread.terminate()
  }
}

export function newServingThread(): Worker {
  return new Worker(threadFile('serving'))
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
    const worker = new Worker(simulatorFile())
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
