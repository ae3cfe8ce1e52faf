/**
 * What became of the prompts most like this one, by the cosine of their embeddings: nothing is trained, so that few rows
 * are enough, and nothing is known that its rows do not show.
 */

/** A prompt as an embeddings model sees it, and what asking it cost. */
export interface Embedding {
  readonly vector: Int8Array
  /** US dollars; a float for the reason that `Outcome.costUsd` is one. */
  readonly costUsd: number
}

export interface Neighbours {
  /** 'provider/model' of whose vectors these are. */
  readonly model: string
  readonly ids: readonly string[]
  /** One after the other, all of the same length. */
  readonly vectors: Int8Array
  /** The fold of each row, as `foldOf` has it. */
  readonly folds: Uint8Array
  /** What the cheap and the strong model scored on each row. */
  readonly cheap: Float32Array
  readonly strong: Float32Array
  /** Lengths of the vectors, and the means of what each fold may see: made from the rest. */
  readonly lengths: Float64Array
  readonly means: readonly Verdicts[]
}

/** That the strong model gains something, that the cheap one is wrong, and that the strong one is right: each 0 to 1. */
export type Verdicts = readonly [benefit: number, cheapWrong: number, strongRight: number]

export const verdictNames = [
  'the strong model gains on neighbours',
  'the cheap model is wrong on neighbours',
  'the strong model is right on neighbours',
]

const nearest = 30
/**
 * Numbers of a vector that are kept: longer ones are folded to as many. So a look at all rows takes little
 * beside the embedding itself, which a provider is asked for.
 */
export const widthMost = 512
/** More rows would keep other calls waiting; these are taken evenly. */
const rowsMost = 2_000
/** Of a long prompt its ends are embedded: most models read no more than 8,000 tokens, many only 512. */
const charactersFirst = 1_000
const charactersLast = 3_000

/** What of a prompt is sent to the embeddings model, alike for tables and for calls; never empty. */
export function textToEmbed(prompt: string): string {
  const text =
    prompt.length <= charactersFirst + charactersLast
      ? prompt
      : `${prompt.slice(0, charactersFirst)}\n${prompt.slice(-charactersLast)}`
  return text.trim() === '' ? '.' : text.toWellFormed()
}

/**
 * A vector as it is kept: folded to `widthMost` numbers by a count sketch when it is longer, which moves a cosine by
 * about 0.04, and each number on a byte. Null for what is no vector.
 * @see Charikar, Chen and Farach-Colton, 'Finding Frequent Items in Data Streams' (2002)
 */
export function quantised(values: readonly number[]): Int8Array | null {
  if (values.length === 0 || !values.every((value) => Number.isFinite(value))) return null
  const folded = values.length <= widthMost ? values : sketch(values)
  const most = folded.reduce((top, value) => Math.max(top, Math.abs(value)), 0)
  return most === 0 ? null : Int8Array.from(folded, (value) => Math.round((127 * value) / most))
}

function sketch(values: readonly number[]): readonly number[] {
  const folded = Array.from({ length: widthMost }, () => 0)
  for (const [index, value] of values.entries()) {
    let hash = Math.imul(index + 1, 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
    hash ^= hash >>> 13
    folded[(hash >>> 1) % widthMost]! += (hash & 1) === 0 ? value : -value
  }
  return folded
}

/** One row of those that neighbours are looked for among. */
export interface Seen {
  readonly id: string
  readonly vector: Int8Array
  readonly fold: number
  readonly cheap: number
  readonly strong: number
}

export function fitNeighbours(model: string, seen: readonly Seen[]): Neighbours {
  const step = Math.max(1, seen.length / rowsMost)
  const rows = Array.from(
    { length: Math.min(seen.length, rowsMost) },
    (_, index) => seen[Math.floor(index * step)]!,
  )
  const width = rows[0]?.vector.length ?? 0
  const vectors = new Int8Array(rows.length * width)
  for (const [row, { vector }] of rows.entries()) vectors.set(vector, row * width)
  return completed({
    model,
    ids: rows.map(({ id }) => id),
    vectors,
    folds: Uint8Array.from(rows, ({ fold }) => fold),
    cheap: Float32Array.from(rows, ({ cheap }) => cheap),
    strong: Float32Array.from(rows, ({ strong }) => strong),
  })
}

/** With what can be told from the rest. */
export function completed(kept: Omit<Neighbours, 'lengths' | 'means'>): Neighbours {
  const { ids, vectors, folds, cheap, strong } = kept
  const width = vectors.length / Math.max(1, ids.length)
  const lengths = Float64Array.from(ids, (_, row) =>
    lengthOf(vectors.subarray(row * width, (row + 1) * width)),
  )
  const means = Array.from({ length: 1 + Math.max(2, ...folds) }, (_, fold) => {
    const own = [...folds.keys()].filter((row) => folds[row] !== fold)
    const sums = [0, 0, 0]
    for (const row of own)
      for (const [at, verdict] of verdictsOf(cheap[row]!, strong[row]!).entries())
        sums[at]! += verdict
    const [benefit, wrong, right] = sums.map((sum) => sum / Math.max(1, own.length))
    return [benefit!, wrong!, right!] as const
  })
  return { ...kept, lengths, means }
}

function verdictsOf(cheap: number, strong: number): Verdicts {
  return [(strong - cheap + 1) / 2, 1 - cheap, strong]
}

/** A row that is near, with what became of it. */
export interface Neighbour {
  readonly id: string
  /** Cosine, 0 to 1. */
  readonly likeness: number
  readonly cheap: number
  readonly strong: number
}

/** The rows most alike, the nearest first. Rows of the prompt's own fold are left out: see `Scorer`. */
export function neighboursOf(
  neighbours: Neighbours,
  vector: Int8Array,
  fold: number,
): readonly Neighbour[] {
  const { ids, cheap, strong } = neighbours
  return nearestOf(neighbours, vector, fold).map(({ row, likeness }) => ({
    id: ids[row]!,
    likeness,
    cheap: cheap[row]!,
    strong: strong[row]!,
  }))
}

/** What the neighbours say, each by its likeness, drawn to the mean as if one more said that. */
export function verdictsNear(neighbours: Neighbours, vector: Int8Array, fold: number): Verdicts {
  const { cheap, strong, means } = neighbours
  const [benefit, wrong, right] = means[fold]!
  const sums = [benefit, wrong, right]
  let whole = 1
  for (const { row, likeness } of nearestOf(neighbours, vector, fold)) {
    whole += likeness
    const verdicts = verdictsOf(cheap[row]!, strong[row]!)
    for (const [at, verdict] of verdicts.entries()) sums[at]! += likeness * verdict
  }
  return [sums[0]! / whole, sums[1]! / whole, sums[2]! / whole]
}

/** Whether a vector is one of the same model's: another length is of another. */
export function isComparable({ ids, vectors }: Neighbours, vector: Int8Array | null): boolean {
  return vector !== null && vector.length * ids.length === vectors.length
}

interface Near {
  readonly row: number
  readonly likeness: number
}

function nearestOf(neighbours: Neighbours, vector: Int8Array, fold: number): readonly Near[] {
  if (!isComparable(neighbours, vector)) return []
  const { ids, vectors, lengths, folds } = neighbours
  const width = vector.length
  const own = lengthOf(vector)
  const near: Near[] = []
  let bar = 0
  for (let row = 0; row < ids.length; row += 1) {
    if (folds[row] === fold) continue
    const from = row * width
    let dot = 0
    for (let at = 0; at < width; at += 1) dot += vector[at]! * vectors[from + at]!
    const likeness = dot / (own * lengths[row]!)
    if (!(likeness > bar)) continue
    let place = near.length
    while (place > 0 && near[place - 1]!.likeness < likeness) place -= 1
    near.splice(place, 0, { row, likeness })
    if (near.length > nearest) near.pop()
    if (near.length === nearest) bar = near[nearest - 1]!.likeness
  }
  return near
}

function lengthOf(vector: Int8Array): number {
  let sum = 0
  for (let at = 0; at < vector.length; at += 1) sum += vector[at]! * vector[at]!
  return Math.sqrt(sum)
}
