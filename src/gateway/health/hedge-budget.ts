/** Second questions that quiet times save up. */
const savedMax = 10

/**
 * How often a task may ask a second model beside the first: a share of its calls, and one. Where a whole
 * provider is slow every call would ask twice, and load on the others would double with the trouble.
 */
export class HedgeBudget {
  readonly #saved = new Map<string, number>()

  /** A call of the task that may ask twice. @param most  of its calls, from 0 to 1 */
  earn(task: string, most: number): void {
    this.#saved.set(task, Math.min((this.#saved.get(task) ?? 1) + most, savedMax))
  }

  /** False when the task has asked twice often enough. */
  take(task: string): boolean {
    const saved = this.#saved.get(task) ?? 0
    if (saved < 1) return false
    this.#saved.set(task, saved - 1)
    return true
  }
}
