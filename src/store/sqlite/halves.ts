/**
 * Sums of costs in two halves of a 64-bit number: a sum of any number of each fits, where a sum of
 * whole costs ends at $9.2 million and SQLite then throws.
 */
export function highOf(cost: bigint): bigint {
  return cost >> 32n
}

export function lowOf(cost: bigint): bigint {
  return BigInt.asUintN(32, cost)
}

export function joined(high: bigint, low: bigint): bigint {
  return (high << 32n) + low
}

/** The halves of a sum over single costs, in SQL. */
export const highSum = 'SUM(cost >> 32)'
export const lowSum = 'SUM(cost & 4294967295)'
