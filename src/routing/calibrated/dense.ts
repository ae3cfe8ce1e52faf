import { sigmoid } from './head.ts'

/** A logistic regression on a few numbers. `z = bias + sum of weight * number`. */
export interface Dense {
  readonly bias: number
  readonly weights: Float64Array
}

const steps = 12

/**
 * Fits by Newton's method with a ridge on standardised columns, and gives weights for the columns as
 * they came. A column that does not vary gets no weight.
 * @param columns  one array a feature, all as long as `goals`, whose values are in [0, 1]
 * @param ridge  per row; 0.01 keeps a dozen columns steady from 60 rows on
 */
export function fitDense(
  columns: readonly Float64Array[],
  goals: Float64Array,
  ridge = 0.01,
): Dense {
  const rows = goals.length
  const means = columns.map((column) => meanOf(column))
  const scales = columns.map((column, index) => spreadOf(column, means[index]!))
  const count = columns.length + 1
  const standard = (column: number, row: number): number =>
    column === 0 ? 1 : (columns[column - 1]![row]! - means[column - 1]!) / scales[column - 1]!
  const matrix = new Float64Array(rows * count)
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < count; column += 1) {
      const flat = column > 0 && (scales[column - 1] ?? 0) === 0
      matrix[row * count + column] = flat ? 0 : standard(column, row)
    }
  const betas = new Float64Array(count)
  for (let step = 0; step < steps; step += 1) {
    const slope = new Float64Array(count)
    const curve = new Float64Array(count * count)
    for (let row = 0; row < rows; row += 1) {
      const from = row * count
      let z = 0
      for (let i = 0; i < count; i += 1) z += betas[i]! * matrix[from + i]!
      const p = sigmoid(z)
      const weight = Math.max(1e-6, p * (1 - p))
      for (let i = 0; i < count; i += 1) {
        const x = matrix[from + i]!
        slope[i]! += (goals[row]! - p) * x
        for (let j = 0; j <= i; j += 1) curve[i * count + j]! += weight * x * matrix[from + j]!
      }
    }
    for (let i = 0; i < count; i += 1) {
      if (i > 0) slope[i]! -= ridge * rows * betas[i]!
      curve[i * count + i]! += i > 0 ? ridge * rows : 1e-9
      for (let j = i + 1; j < count; j += 1) curve[i * count + j] = curve[j * count + i]!
    }
    const move = solve(curve, slope, count)
    let most = 0
    for (let i = 0; i < count; i += 1) {
      betas[i]! += move[i]!
      most = Math.max(most, Math.abs(move[i]!))
    }
    if (most < 1e-6) break
  }
  const weights = Float64Array.from(columns, (_, index) =>
    scales[index] === 0 ? 0 : betas[index + 1]! / scales[index]!,
  )
  const bias = weights.reduce((sum, weight, index) => sum - weight * means[index]!, betas[0]!)
  return { bias, weights }
}

/** Gauss with pivots; the ridge keeps the matrix from being singular. */
function solve(matrix: Float64Array, right: Float64Array, count: number): Float64Array {
  const a = Float64Array.from(matrix)
  const b = Float64Array.from(right)
  for (let column = 0; column < count; column += 1) {
    let pivot = column
    for (let row = column + 1; row < count; row += 1)
      if (Math.abs(a[row * count + column]!) > Math.abs(a[pivot * count + column]!)) pivot = row
    if (pivot !== column) {
      for (let k = 0; k < count; k += 1) {
        const kept = a[column * count + k]!
        a[column * count + k] = a[pivot * count + k]!
        a[pivot * count + k] = kept
      }
      const kept = b[column]!
      b[column] = b[pivot]!
      b[pivot] = kept
    }
    const head = a[column * count + column]!
    if (head === 0) continue
    for (let row = column + 1; row < count; row += 1) {
      const factor = a[row * count + column]! / head
      if (factor === 0) continue
      for (let k = column; k < count; k += 1) a[row * count + k]! -= factor * a[column * count + k]!
      b[row]! -= factor * b[column]!
    }
  }
  const out = new Float64Array(count)
  for (let row = count - 1; row >= 0; row -= 1) {
    let sum = b[row]!
    for (let k = row + 1; k < count; k += 1) sum -= a[row * count + k]! * out[k]!
    const head = a[row * count + row]!
    out[row] = head === 0 ? 0 : sum / head
  }
  return out
}

function meanOf(column: Float64Array): number {
  return column.reduce((sum, value) => sum + value, 0) / Math.max(1, column.length)
}

function spreadOf(column: Float64Array, mean: number): number {
  const squares = column.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const spread = Math.sqrt(squares / Math.max(1, column.length))
  return spread < 1e-9 ? 0 : spread
}
