import { parseArgs } from 'node:util'
import type { Printer } from './print.ts'

/** An option of a command. Options without a `value` are switches. */
export interface Option {
  /** What stands for the value in the help: 'PORT'. */
  readonly value?: string
  readonly says: string
  readonly short?: string
  readonly multiple?: boolean
}

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** The arguments: 'TASK MODEL [MODEL...]'. */
  readonly usage: string
  /** More than the summary says, for the command's own help. */
  readonly help?: string
  readonly options: Readonly<Record<string, Option>>
  readonly positionals: { readonly least: number; readonly most: number }
  readonly run: (context: Context) => Promise<ExitCode>
}

/** 0: it did its job. 1: it did not. 2: it was called wrongly. */
export type ExitCode = 0 | 1 | 2

export interface Context {
  readonly arguments: readonly string[]
  /** Undefined when the option was not given. */
  readonly option: (name: string) => string | undefined
  readonly options: (name: string) => readonly string[]
  readonly flag: (name: string) => boolean
  /** One object on one line of stdout instead of a table. */
  readonly json: boolean
  readonly print: Printer
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** Called wrongly: exits 2 with the sentence and the usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** It did not do its job, for a reason that the user can act on: exits 1 with the sentence alone. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** Options that every command has. */
const commonOptions: Readonly<Record<string, Option>> = {
  config: {
    value: 'FILE',
    short: 'c',
    says: 'the configuration; ./freehold.yaml when it is there',
  },
  json: { says: 'one JSON object on one line instead of a table' },
  help: { short: 'h', says: 'this text' },
}

/** @throws UsageError */
export function readArguments(
  command: Command,
  argv: readonly string[],
): Pick<Context, 'arguments' | 'option' | 'options' | 'flag' | 'json'> & {
  readonly help: boolean
} {
  const known = { ...commonOptions, ...command.options }
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value, short, multiple }]) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(short === undefined ? {} : { short }),
        ...(multiple === true ? { multiple } : {}),
      },
    ]),
  )
  let parsed
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message.split('. To specify')[0]!)
  }
  const values = parsed.values as Readonly<
    Record<string, string | boolean | (string | boolean)[] | undefined>
  >
  const help = values['help'] === true
  const { least, most } = command.positionals
  const given = parsed.positionals.length
  if (!help && given < least) throw new UsageError(`${command.name} needs ${command.usage}.`)
  if (!help && given > most) {
    throw new UsageError(
      `${command.name} does not know what to do with ${JSON.stringify(parsed.positionals[most])}.`,
    )
  }
  return {
    help,
    arguments: parsed.positionals,
    json: values['json'] === true,
    flag: (name) => values[name] === true,
    option: (name) => {
      const value = values[name]
      return typeof value === 'string' ? value : undefined
    },
    options: (name) => {
      const value = values[name]
      return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
    },
  }
}

export function helpText(command: Command): string {
  const options = { ...command.options, ...commonOptions }
  const rows = Object.entries(options).map(([name, { value, short, says }]) => {
    const long = `--${name}${value === undefined ? '' : ` ${value}`}`
    return [short === undefined ? `    ${long}` : `-${short}, ${long}`, says] as const
  })
  const width = Math.max(...rows.map(([left]) => left.length))
  return [
    `freehold ${command.name} ${command.usage}`.trimEnd(),
    '',
    command.summary,
    ...(command.help === undefined ? [] : ['', command.help]),
    '',
    ...rows.map(([left, says]) => `  ${left.padEnd(width)}  ${says}`),
  ].join('\n')
}
