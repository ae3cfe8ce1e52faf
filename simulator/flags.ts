import { parseArgs } from 'node:util'
import type { SimulatorOptions } from './server.ts'

/** What the command and the worker take. */
export const help = `A model vendor on your own machine.

  npm run sim -- [options]

  --port N         port to listen on, 0 for any (4100)
  --hostname NAME  address to listen on (127.0.0.1)
  --seed N         the same seed gives the same answers (0)
  --speed N        how much of a lifelike wait is kept: 1 all, 0 none (1)
  --key KEY        refuses every other key
  --wait-ms N      how long waiting faults wait (200)
  --strict-nulls   refuses parameters that are null, as vLLM does
  --quiet          does not print a line for every exchange
  --faults         lists the faults and ends
  --help           prints this and ends

Models: echo, small, medium, large, reasoner, vision, embed, and fault/NAME for every fault.
`

export interface Flags {
  readonly options: SimulatorOptions
  readonly show: 'help' | 'faults' | null
  readonly quiet: boolean
}

/** @throws Error with a sentence for people */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      hostname: { type: 'string' },
      seed: { type: 'string' },
      speed: { type: 'string' },
      key: { type: 'string' },
      'wait-ms': { type: 'string' },
      'strict-nulls': { type: 'boolean' },
      quiet: { type: 'boolean' },
      faults: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  return {
    options: {
      ...(values.port === undefined ? {} : { port: wholeNumber('port', values.port, 65_535) }),
      ...(values.hostname === undefined ? {} : { hostname: values.hostname }),
      ...(values.seed === undefined
        ? {}
        : { seed: wholeNumber('seed', values.seed, Number.MAX_SAFE_INTEGER) }),
      ...(values.speed === undefined ? {} : { speed: anyNumber('speed', values.speed) }),
      ...(values.key === undefined ? {} : { key: values.key }),
      ...(values['wait-ms'] === undefined
        ? {}
        : { waitMs: wholeNumber('wait-ms', values['wait-ms'], 86_400_000) }),
      strictNulls: values['strict-nulls'] ?? false,
    },
    show: values.help ? 'help' : values.faults ? 'faults' : null,
    quiet: values.quiet ?? false,
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= most) return value
  throw new RangeError(`--${name} is a whole number from 0 to ${most}, not '${text}'.`)
}

function anyNumber(name: string, text: string): number {
  const value = Number(text)
  if (text !== '' && Number.isFinite(value) && value >= 0) return value
  throw new RangeError(`--${name} is a number from 0, not '${text}'.`)
}
