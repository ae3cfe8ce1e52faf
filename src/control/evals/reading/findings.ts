import { type Issue, type Place, SuiteFault } from '../fault.ts'

/** More are not shown: whoever has so many begins with the first. */
const issuesMax = 20

/** What is wrong with a suite, gathered so that all of it is told at once. */
export class Findings {
  readonly #issues: Issue[] = []
  readonly #notes: Issue[] = []

  /** Something without which nothing can be run. */
  wrong(place: Place, sentence: string): void {
    const isNew = this.#issues.every(
      (issue) => issue.sentence !== sentence || issue.place.line !== place.line,
    )
    if (isNew && this.#issues.length < issuesMax) this.#issues.push({ place, sentence })
  }

  /** Something that is left out of the run, or read otherwise than it may be meant. */
  note(place: Place, sentence: string): void {
    const isNew = this.#notes.every(
      (issue) => issue.sentence !== sentence || issue.place.line !== place.line,
    )
    if (isNew) this.#notes.push({ place, sentence })
  }

  get notes(): readonly Issue[] {
    return this.#notes
  }

  /** @throws SuiteFault when anything is wrong */
  check(): void {
    if (this.#issues.length > 0) throw new SuiteFault(this.#issues)
  }
}
