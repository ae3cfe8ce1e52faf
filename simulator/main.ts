// The simulator as a command: npm run sim -- --port 4100 --seed 7 --speed 0
import { faults } from './faults.ts'
import { help, readFlags, type Flags } from './flags.ts'
import { startSimulator, type Simulator } from './server.ts'

const portUsual = 4100
/** Answers that are under way get so long when the command is stopped. */
const graceMs = 5000

const flags = flagsOrExit()
if (flags.show === 'help') {
  print(help)
  process.exit(0)
}
if (flags.show === 'faults') {
  for (const [name, { row, does }] of Object.entries(faults)) {
    print(`${name.padEnd(30)} ${row.padEnd(4)} ${does}\n`)
  }
  process.exit(0)
}
// Whoever reads the log may go; the vendor goes on.
process.stdout.on('error', () => {})
const simulator = startOrExit(flags)
print(`${simulator.url}\n`)

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) process.exit(130)
    stopping = true
    void simulator.stop(graceMs).then(() => process.exit(0))
  })
}

function flagsOrExit(): Flags {
  try {
    return readFlags(process.argv.slice(2))
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}\nSee --help.`)
    process.exit(2)
  }
}

function startOrExit({ options, quiet }: Flags): Simulator {
  try {
    const log = quiet ? {} : { log: (line: string) => print(`${line}\n`) }
    return startSimulator({ port: portUsual, ...options, ...log })
  } catch (error) {
    const port = options.port ?? portUsual
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    complain(
      taken
        ? `Port ${port} is taken. Choose another with --port, or 0 for any.`
        : `Cannot listen on port ${port}: ${error instanceof Error ? error.message : String(error)}`,
    )
    process.exit(1)
  }
}

function print(text: string): void {
  process.stdout.write(text)
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`)
}
