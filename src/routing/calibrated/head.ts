import { seeded } from '../../core/random.ts'
import { dimension } from './words.ts'

/** A linear function of the places of a bag, divided by the root of how many there are. */
export interface Head {
  readonly bias: number
  readonly weights: Float32Array
}

export function scoreOf({ bias, weights }: Head, bag: Int32Array): number {
  if (bag.length === 0) return bias
  let sum = 0
  for (let index = 0; index < bag.length; index += 1) sum += weights[bag[index]!]!
  return bias + sum / Math.sqrt(bag.length)
}

const passes = 4
const rate = 0.35
const decay = 1e-5

/**
 * Trains a head by AdaGrad in four shuffled passes: 10,000 prompts take about a second.
 * @param goals  for `logistic` in [0, 1], where the head gives log-odds; for `linear` any numbers
 * @param only  the rows to learn from
 * @see Duchi, Hazan and Singer, 'Adaptive Subgradient Methods' (2011)
 */
export function trainHead(
  bags: readonly Int32Array[],
  goals: Float64Array,
  only: readonly number[],
  kind: 'logistic' | 'linear',
  seed: number,
): Head {
  const weights = new Float32Array(dimension)
  const squares = new Float32Array(dimension).fill(1e-3)
  const random = seeded(seed)
  const order = [...only]
  const mean = only.reduce((sum, row) => sum + goals[row]!, 0) / Math.max(1, only.length)
  const share = Math.min(0.999, Math.max(0.001, mean))
  let bias = kind === 'logistic' ? Math.log(share / (1 - share)) : mean
  let biasSquares = 1e-3
  for (let pass = 0; pass < passes; pass += 1) {
    shuffle(order, random.next)
    for (const row of order) {
      const bag = bags[row]!
      const unit = bag.length === 0 ? 0 : 1 / Math.sqrt(bag.length)
      let sum = 0
      for (let index = 0; index < bag.length; index += 1) sum += weights[bag[index]!]!
      const z = bias + sum * unit
      const error = (kind === 'logistic' ? sigmoid(z) : z) - goals[row]!
      for (let index = 0; index < bag.length; index += 1) {
        const place = bag[index]!
        const slope = error * unit + decay * weights[place]!
        squares[place]! += slope * slope
        weights[place]! -= (rate * slope) / Math.sqrt(squares[place]!)
      }
      biasSquares += error * error
      bias -= (0.3 * rate * error) / Math.sqrt(biasSquares)
    }
  }
  return { bias, weights }
}

/** The sum of heads with factors, which is a head again: one product on the way of a call. */
export function merged(parts: readonly { readonly head: Head; readonly factor: number }[]): Head {
  const weights = new Float32Array(dimension)
  let bias = 0
  for (const { head, factor } of parts) {
    bias += factor * head.bias
    for (let place = 0; place < dimension; place += 1)
      weights[place]! += factor * head.weights[place]!
  }
  return { bias, weights }
}

export function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : 1 - 1 / (1 + Math.exp(z))
}

function shuffle(order: number[], next: () => number): void {
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1))
    const kept = order[last]!
    order[last] = order[other]!
    order[other] = kept
  }
}
