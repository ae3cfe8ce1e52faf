import { chances } from '../part.ts'
import { dialects } from './dialects.ts'
import { readers } from './readers.ts'
import { Broken, type Target } from './target.ts'

export const targets: readonly Target[] = [...readers, ...dialects]

/** An input that something did not hold for: with the seed, `index` makes it again. */
export interface Finding {
  readonly target: string
  readonly index: number
  readonly what: string
  readonly input: string
}

const inputShown = 400

/**
 * Runs one target over inputs `from` to `to` - 1. Each input has chances of its own, so that any of
 * them can be made again without those before it.
 */
export function fuzz(
  target: Target,
  seed: number,
  from: number,
  to: number,
  onFinding: (finding: Finding) => void,
): void {
  for (let index = from; index < to; index += 1) {
    const what = tried(target, chances(seedOf(target, seed, index)))
    if (what !== null) onFinding({ target: target.name, index, ...what })
  }
}

function tried(
  target: Target,
  chance: () => number,
): { readonly what: string; readonly input: string } | null {
  try {
    target.run(chance)
    if (isPolluted()) return { what: 'left something on Object.prototype', input: '' }
    return null
  } catch (error) {
    if (error instanceof Broken)
      return {
        what: error.message.slice(0, inputShown * 2),
        input: error.input.slice(0, inputShown),
      }
    return {
      what: `threw ${String((error as Error).stack ?? error).slice(0, inputShown)}`,
      input: '',
    }
  }
}

function isPolluted(): boolean {
  const names: string[] = []
  for (const name in {}) names.push(name)
  return names.length > 0
}

function seedOf({ name }: Target, seed: number, index: number): number {
  return Number(Bun.hash.xxHash32(name, seed)) ^ Math.imul(index + 1, 0x9e3779b1)
}
