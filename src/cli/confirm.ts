import type { Context } from './command.ts'

/** Whether a person sits there who can be asked: not where a program reads or writes. */
export function isAttended({ json, print }: Context): boolean {
  return !json && print.width !== null && process.stdin.isTTY === true
}

/** @returns whether the answer is yes: an empty one, the end of input and Ctrl-C are a no */
export async function confirmed({ signal }: Context, question: string): Promise<boolean> {
  process.stderr.write(`${question} [y/N] `)
  const reader = Bun.stdin.stream().getReader()
  const stop = (): void => void reader.cancel()
  signal.addEventListener('abort', stop, { once: true })
  const { value } = await reader.read()
  signal.removeEventListener('abort', stop)
  reader.releaseLock()
  return /^\s*y(?:es)?\s*$/i.test(value === undefined ? '' : new TextDecoder().decode(value))
}
