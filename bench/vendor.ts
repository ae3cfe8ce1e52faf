// The light vendor in a process of its own: bun bench/vendor.ts PORT. Prints its port when it listens.
import { startStreamVendor } from './load/stream-vendor.ts'

const { port } = startStreamVendor({ port: Number(process.argv[2] ?? 0) })
process.stdout.write(`${port}\n`)
