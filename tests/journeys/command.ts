import { join } from 'node:path'

/** The command as somebody at a terminal runs it, in a process of its own. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Surroundings {
  /** In which folder. */
  readonly cwd: string
  /** Besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>
}

const executable = join(import.meta.dir, '..', '..', 'bin', 'freehold')

export function startCommand(words: readonly string[], { cwd, env = {} }: Surroundings) {
  const { PATH = '', HOME = '' } = process.env
  return Bun.spawn(['sh', executable, ...words], {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export async function ended(child: ReturnType<typeof startCommand>): Promise<Ran> {
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, out, err }
}

export function runCommand(words: readonly string[], surroundings: Surroundings): Promise<Ran> {
  return ended(startCommand(words, surroundings))
}
