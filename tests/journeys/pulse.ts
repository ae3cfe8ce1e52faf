/** How long a gateway lets others wait while it is busy with one: measured in a thread of its own. */
export class Pulse {
  readonly #thread: Worker

  constructor(url: string) {
    this.#thread = new Worker(new URL('./pulse-thread.ts', import.meta.url), {
      workerData: { url },
    } as WorkerOptions)
  }

  /** The longest that /healthz took while `work` was done. */
  async longestMsDuring(work: () => Promise<unknown>): Promise<number> {
    while ((await this.#read()).beats === 0) await Bun.sleep(20)
    await work()
    return (await this.#read()).longestMs
  }

  stop(): void {
    this.#thread.terminate()
  }

  #read(): Promise<{ readonly longestMs: number; readonly beats: number }> {
    const { promise, resolve } = Promise.withResolvers<{ longestMs: number; beats: number }>()
    this.#thread.addEventListener(
      'message',
      ({ data }: MessageEvent<{ longestMs: number; beats: number }>) => resolve(data),
      { once: true },
    )
    this.#thread.postMessage('read')
    return promise
  }
}
