import { type Candidate, candidatesOf } from './candidates.ts'
import { placeOf, type Row } from './table.ts'

/** The rows parted into those that choose and those that prove, and every candidate on the former. */

export interface Models {
  /** In order of the user's choice; each is tried. */
  readonly cheap: readonly string[]
  readonly strong: string
  readonly seed: number
  /** Whose embeddings the rows have; absent or null where they have none. */
  readonly embeddings?: string | null
}

/** The part of the rows that heads, candidate and thresholds are chosen on. */
const fitShare = 0.4

/**
 * Fewer rows than this are shared: all of them teach, each judged by a part that has not seen it. Then the heads of
 * a row of the proof have learned from other such rows, so the level holds for many rows, not for any number.
 * @see Bayle, Bayle, Janson and Mackey, 'Cross-validation Confidence Intervals for Test Error' (2020)
 */
const rowsToPart = 2_000
/** Of shared rows, the part that chooses the candidate and the order of its rules. */
const choiceShare = 0.3

/** All candidates of some rows, with nothing decided yet. */
export interface Study extends Models {
  readonly fit: readonly Row[]
  readonly proof: readonly Row[]
  readonly skipped: number
  readonly shared: boolean
  readonly candidates: readonly Candidate[]
}

/** The part of a calibration that takes long, and is the same for every quality and confidence. */
export function* studyOf(rows: readonly Row[], models: Models): Generator<string, Study> {
  const { strong, seed } = models
  const whole = rows.filter(
    ({ results }) => results.has(strong) && models.cheap.some((name) => results.has(name)),
  )
  const shared = whole.length < rowsToPart
  const choosing = shared ? choiceShare : fitShare
  const chooses = ({ prompt }: { readonly prompt: string }): boolean =>
    placeOf(prompt, seed) < choosing
  const fit = whole.filter(chooses)
  const candidates: Candidate[] = []
  for (const cheap of models.cheap) {
    const names = {
      cheap,
      strong,
      others: models.cheap.filter((name) => name !== cheap),
      embeddings: models.embeddings ?? null,
    }
    for (const candidate of candidatesOf(shared ? whole : fit, chooses, names, seed)) {
      yield candidate.name
      candidates.push(candidate)
    }
  }
  const proof = whole.filter((row) => !chooses(row))
  const { cheap } = models
  return {
    cheap,
    strong,
    seed,
    fit,
    proof,
    skipped: rows.length - whole.length,
    shared,
    candidates,
  }
}
