import {
  type Command,
  CommandError,
  type Context,
  type ExitCode,
  helpText,
  readArguments,
  UsageError,
} from './command.ts'
import { version } from '../server/version.ts'
import { type Printer, printableJson } from './print.ts'

/** Each is loaded when it is called, so that none makes another slow to start. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  demo: async () => (await import('./commands/demo.ts')).demo,
  init: async () => (await import('./commands/init.ts')).init,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  dashboard: async () => (await import('./commands/dashboard.ts')).dashboard,
  models: async () => (await import('./commands/models.ts')).models,
  keys: async () => (await import('./commands/keys.ts')).keys,
  logs: async () => (await import('./commands/logs.ts')).logs,
  costs: async () => (await import('./commands/costs.ts')).costs,
  margin: async () => (await import('./commands/margin.ts')).margin,
  feedback: async () => (await import('./commands/feedback.ts')).feedback,
  erase: async () => (await import('./commands/erase.ts')).erase,
  whatif: async () => (await import('./commands/whatif.ts')).whatif,
  prices: async () => (await import('./commands/prices.ts')).prices,
  export: async () => (await import('./commands/export.ts')).exporting,
  ledger: async () => (await import('./commands/ledger.ts')).ledger,
  conformance: async () => (await import('./commands/conformance.ts')).conformance,
  swap: async () => (await import('./commands/swap.ts')).swap,
  eval: async () => (await import('./commands/eval.ts')).evaluate,
  route: async () => (await import('./commands/route.ts')).route,
  replay: async () => (await import('./commands/replay.ts')).replay,
  drill: async () => (await import('./commands/drill.ts')).drill,
  breakeven: async () => (await import('./commands/breakeven.ts')).breakeven,
}

export interface World {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly print: Printer
  readonly signal: AbortSignal
}

/** Finds the command and runs it; whatever it throws becomes a sentence and an exit code. */
export async function run({ argv, env, print: bare, signal }: World): Promise<ExitCode> {
  // Nothing of ours holds what this escapes, so it stands here once for every command.
  const print: Printer = {
    ...bare,
    out: (text) => bare.out(printableJson(text)),
    err: (text) => bare.err(printableJson(text)),
  }
  const [name, ...rest] = argv
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const asked = name === 'help' ? rest[0] : undefined
    const command = asked === undefined ? undefined : await find(asked)
    if (asked !== undefined && command === undefined) return await unknown(asked, print)
    print.out(command ? helpText(command) : await overview())
    return name === undefined ? 2 : 0
  }
  if (name === '--version' || name === '-v') {
    print.out(version)
    return 0
  }
  const command = await find(name)
  if (!command) return await unknown(name, print)
  try {
    const { help, ...given } = readArguments(command, rest)
    if (help) {
      print.out(helpText(command))
      return 0
    }
    return await command.run({ ...given, print, env, signal } satisfies Context)
  } catch (error) {
    if (error instanceof UsageError) {
      print.err(`freehold: ${error.message}\n\n${helpText(command)}`)
      return 2
    }
    print.err(`freehold: ${error instanceof Error ? error.message : String(error)}`)
    if (
      !(error instanceof CommandError) &&
      env['FREEHOLD_DEBUG'] !== undefined &&
      error instanceof Error
    ) {
      print.err(error.stack ?? '')
    }
    return 1
  }
}

async function unknown(name: string, print: Printer): Promise<ExitCode> {
  print.err(`freehold: there is no command ${JSON.stringify(name)}.\n\n${await overview()}`)
  return 2
}

async function find(name: string): Promise<Command | undefined> {
  return Object.hasOwn(commands, name) ? await commands[name]!() : undefined
}

async function overview(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()))
  const width = Math.max(...all.map((command) => command.name.length))
  return [
    `freehold ${version}: one gateway in front of every model vendor`,
    '',
    'freehold COMMAND [OPTIONS]',
    '',
    ...all.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'freehold COMMAND --help tells more of each.',
  ].join('\n')
}
