import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Instant, instant, isoText } from '../../core/clock.ts'

/** What was to be proven. */
export interface Claim {
  readonly task: string
  readonly incumbent: string
  readonly candidate: string
}

interface Try extends Claim {
  readonly at: string
  /** Names the cases, and the run that asked them anew where one did. */
  readonly cases: string
}

const dayUs = 86_400_000_000

/**
 * Which evaluations tried to prove a swap, a line each. Whoever adds cases until one of them passes has looked
 * several times, and the chance of a false proof is shared out among the looks: half of `alpha` for the first,
 * half of what is left for each further one. Grading the same answers again is the same look; asking for others
 * with --no-cache is one more, since the answers vary by chance.
 */
export class Tries {
  readonly #path: string

  constructor(folder: string) {
    this.#path = join(folder, 'evals', 'proofs.jsonl')
  }

  /** Earlier looks at other cases, or at other answers to these, within the time that a proof holds for. */
  earlier(claim: Claim, cases: string, now: Instant, days: number): number {
    const since = now - days * dayUs
    const seen = this.#read().filter(
      (each) =>
        each.task === claim.task &&
        each.incumbent === claim.incumbent &&
        each.candidate === claim.candidate &&
        each.cases !== cases &&
        instant(each.at) >= since,
    )
    return new Set(seen.map((each) => each.cases)).size
  }

  note(claim: Claim, cases: string, now: Instant): void {
    mkdirSync(join(this.#path, '..'), { recursive: true, mode: 0o700 })
    const line: Try = { at: isoText(now), ...claim, cases }
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 })
  }

  #read(): readonly Try[] {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch {
      return []
    }
    return text.split('\n').flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Try]
      } catch {
        // A crash cut the line off.
        return []
      }
    })
  }
}

/** The level of a look after so many others; all of them together are never above `alpha`. */
export function levelAfter(earlier: number, alpha: number): number {
  return alpha / 2 ** (earlier + 1)
}
