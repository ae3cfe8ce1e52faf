import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import type { SuiteFiles } from '../../control/evals/options.ts'

/** Files beside the file of evaluations: paths in it are relative to where it stands. */
export function filesBeside(file: string): SuiteFiles {
  const folder = dirname(resolve(file))
  const absolute = (path: string): string => resolve(folder, path)
  const shown = (path: string): string => {
    const near = relative(process.cwd(), absolute(path))
    return near.startsWith('..') ? absolute(path) : near
  }
  return {
    absolute,
    shown,
    read: (path) => textOf(absolute(path), shown(path)),
  }
}

/** @throws Error with a sentence */
export function textOf(path: string, shown: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : (code ?? String(error))
    throw new Error(`${shown} cannot be read: ${why}.`, { cause: error })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Error(`${shown} is no text in UTF-8.`, { cause: error })
  }
}
