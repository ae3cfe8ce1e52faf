/** A model that was called, and when its seller ends it. */
export interface EndingModel {
  /** 'provider/model' */
  readonly model: string
  /** '2026-12-01' */
  readonly shutdown: string
  readonly replacement: string | null
}

export interface Spending {
  readonly model: string
  readonly customer: string | null
  readonly task: string | null
  readonly calls: number
  readonly costUsd: number
  readonly costUnknown: number
}

export interface Exposure extends EndingModel {
  /** Negative when the day has passed. */
  readonly daysLeft: number
  readonly calls: number
  readonly costUsd: number
  readonly costUnknown: number
  readonly tasks: readonly string[]
  readonly customers: readonly string[]
}

const dayMs = 86_400_000

/** What hangs on models that end, the nearest day first; what is overdue is no less exposed. */
export function exposures(
  ending: readonly EndingModel[],
  spending: readonly Spending[],
  today: string,
): readonly Exposure[] {
  return ending
    .map((model) => {
      const own = spending.filter((each) => each.model === model.model)
      return {
        ...model,
        daysLeft: Math.round((Date.parse(model.shutdown) - Date.parse(today)) / dayMs),
        calls: own.reduce((sum, { calls }) => sum + calls, 0),
        costUsd: own.reduce((sum, { costUsd }) => sum + costUsd, 0),
        costUnknown: own.reduce((sum, { costUnknown }) => sum + costUnknown, 0),
        tasks: namesOf(own.map(({ task }) => task)),
        customers: namesOf(own.map(({ customer }) => customer)),
      }
    })
    .toSorted((left, right) => left.daysLeft - right.daysLeft || right.costUsd - left.costUsd)
}

function namesOf(names: readonly (string | null)[]): readonly string[] {
  return [...new Set(names.flatMap((name) => (name === null ? [] : [name])))].toSorted()
}
