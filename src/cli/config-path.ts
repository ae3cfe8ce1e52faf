import { existsSync } from 'node:fs'
import { resolve as absolute } from 'node:path'
import { CommandError, type Context, UsageError } from './command.ts'

const usualPath = 'freehold.yaml'

/** `--config`, else ./freehold.yaml when it is there. @throws CommandError when a named one is not */
export function configPathOf(context: Pick<Context, 'option'>): string | null {
  const named = context.option('config')
  if (named === undefined) return existsSync(usualPath) ? absolute(usualPath) : null
  if (!existsSync(named)) {
    throw new CommandError(
      `There is no file ${named}. To make a first configuration: freehold init ${named}`,
    )
  }
  return absolute(named)
}

/** `--port`, then PORT; undefined when the file decides. @throws UsageError */
export function portOf(context: Pick<Context, 'option' | 'env'>): number | undefined {
  const option = context.option('port')
  const text = option ?? context.env['PORT']
  if (text === undefined || text === '') return undefined
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new UsageError(
      `${option === undefined ? 'PORT' : '--port'} has to be a number from 0 to 65535, not ${JSON.stringify(text)}.`,
    )
  }
  return port
}
