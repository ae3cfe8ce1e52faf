import { CommandError, type Context, UsageError } from '../command.ts'
import { printable } from '../print.ts'

/** An option that the verb cannot do without. @throws UsageError */
export function needed(context: Context, name: string): string {
  const value = context.option(name)
  if (value === undefined || value === '')
    throw new UsageError(`route ${context.arguments[0]} needs --${name}.`)
  return value
}

/** Shows a note, lets signals arrive, and stops when one asks to. */
export function breathing(context: Context): (note: string) => Promise<void> {
  return async (note) => {
    progress(context, note)
    await Bun.sleep(0)
    if (!context.signal.aborted) return
    progress(context, null)
    throw new CommandError('Stopped before the end; nothing was written.')
  }
}

/** One line that is written over, on a terminal only. */
export function progress({ print, json }: Context, text: string | null): void {
  if (json || print.width === null) return
  const line = text === null ? '' : printable(text).slice(0, print.width - 1)
  process.stderr.write(`\r\u001b[K${line}`)
}
