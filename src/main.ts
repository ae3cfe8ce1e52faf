import { run } from './cli/main.ts'

const interrupted = new AbortController()
// `serve` has its own way to stop; every other command ends what it is doing and exits.
process.on('SIGINT', () => {
  // What a command waits for, a gateway that hangs or a long query, may not look at the first.
  if (interrupted.signal.aborted) process.exit(1)
  interrupted.abort()
})
process.on('SIGTERM', () => interrupted.abort())

const { stdout, env } = process

/** The last of what was written, on its way: an empty write behind it would not wait for it. */
let written: Promise<void> = Promise.resolve()
const write = (text: string): void => {
  written = new Promise((out) => stdout.write(text, () => out()))
}

const code = await run({
  argv: process.argv.slice(2),
  env,
  print: {
    out: (text) => write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    colour: stdout.isTTY === true && env['NO_COLOR'] === undefined,
    width: stdout.isTTY === true ? stdout.columns : null,
  },
  signal: interrupted.signal,
})

// What was written is out before the end, and nothing that is left open delays it.
await written
process.exit(code)
