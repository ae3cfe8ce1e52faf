// The simulator in a thread of its own. It takes the command's options as `argv`, posts { url } to its
// parent when it listens, or { error } when it cannot, and stops when it is sent 'stop'.
import { readFlags } from './flags.ts'
import { startSimulator } from './server.ts'

try {
  const simulator = startSimulator(readFlags(process.argv.slice(2)).options)
  addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data === 'stop') void simulator.stop().then(() => process.exit(0))
  })
  postMessage({ url: simulator.url })
} catch (error) {
  postMessage({ error: error instanceof Error ? error.message : String(error) })
}
