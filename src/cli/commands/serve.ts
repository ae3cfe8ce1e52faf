import { composeGateway, type Gateway } from '../../compose/gateway.ts'
import type { ComposeOptions, LogEntry } from '../../compose/options.ts'
import type { Command, Context, ExitCode } from '../command.ts'
import { configPathOf, portOf } from '../config-path.ts'
import { dim, type Printer, yellow } from '../print.ts'

export const serve: Command = {
  name: 'serve',
  summary:
    'Runs the gateway until it is told to stop (SIGTERM, Ctrl-C); SIGHUP reads the configuration again',
  usage: '',
  help: 'Without a file, vendors whose keys stand in the environment are live, and the simulator. With one, those it lists.',
  options: {
    port: {
      value: 'PORT',
      short: 'p',
      says: 'before PORT in the environment and server.port (4000)',
    },
  },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    const port = portOf(context)
    return serveUntilStopped(context, {
      configPath: configPathOf(context),
      env: context.env,
      ...(port === undefined ? {} : { port }),
    })
  },
}

/** @throws ConfigRefused, or Error with a sentence when store or port cannot be had */
export async function serveUntilStopped(
  { print, signal, json }: Pick<Context, 'print' | 'signal' | 'json'>,
  options: Omit<ComposeOptions, 'log'>,
): Promise<ExitCode> {
  const gateway = await composeGateway({
    ...options,
    log: (entry) => print.err(logLine(entry)),
  })
  // A fault that nobody caught is told; it must not end the calls of everybody else.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      print.err(logLine({ level: 'error', event, text }))
    })
  }
  process.on('SIGHUP', () => void gateway.reload())
  if (json)
    print.out(
      JSON.stringify({
        url: gateway.url,
        admin_key_path: gateway.adminKeyPath,
        providers: gateway.providers,
        tasks: gateway.tasks,
      }),
    )
  else greet(gateway, print)
  await stopped(signal)
  if (!json) print.out('Stopping: open calls may end first. Ctrl-C again stops at once.')
  process.on('SIGINT', () => process.exit(1))
  await gateway.stop()
  return 0
}

function greet(gateway: Gateway, print: Printer): void {
  const faint = (text: string): string => (print.colour ? dim(text) : text)
  const { url, providers, tasks, warnings, adminKeyPath, signInLink } = gateway
  const [task] = tasks
  print.out(`Freehold listens on ${url}`)
  print.out(`  providers  ${providers.join(', ')}`)
  if (tasks.length > 0) print.out(`  tasks      ${tasks.join(', ')}`)
  print.out(`  admin key  ${adminKeyPath}${gateway.adminKeyMade ? ' (new)' : ''}`)
  print.out(`  dashboard  ${signInLink ?? url}`)
  print.out(
    faint(
      signInLink === null
        ? '             sign in with the admin key, or by a link: freehold dashboard'
        : '             this link signs one browser in, once, within 15 minutes',
    ),
  )
  for (const warning of warnings)
    print.out(print.colour ? yellow(`  warning    ${warning}`) : `  warning    ${warning}`)
  print.out(faint('\nA first answer:'))
  print.out(
    [
      `curl ${url}/v1/chat/completions \\`,
      `  -H "Authorization: Bearer $(cat ${quoted(adminKeyPath)})" \\`,
      `  -H 'content-type: application/json' \\`,
      `  -d '{"model": "${task ?? 'sim/small'}", "messages": [{"role": "user", "content": "What is 17 * 23?"}]}'`,
    ].join('\n'),
  )
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

function logLine({ level, event, text, ...facts }: LogEntry): string {
  return JSON.stringify({ at: new Date().toISOString(), level, event, text, ...facts })
}

function stopped(signal: Context['signal']): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}
