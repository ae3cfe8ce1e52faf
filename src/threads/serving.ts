import { parentPort } from 'node:worker_threads'
import { ServingThread } from '../compose/workers/serving.ts'
import type { FromWorker, ToWorker } from '../compose/workers/protocol.ts'

/** A further thread that serves calls on the port of the main one. */

function post(message: FromWorker): void {
  parentPort?.postMessage(message)
}

const thread = new ServingThread(post, () => process.exit(1))
parentPort!.on('message', (message: ToWorker) => thread.hear(message))

// A fault that nobody caught is told; it must not end the calls of everybody else.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    post({ type: 'log', entry: { level: 'error', event, text } })
  })
}
