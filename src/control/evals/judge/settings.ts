import type { Judging } from '../grader.ts'
import type { Options } from '../options.ts'
import { keyOf } from '../plan.ts'
import { readLabels } from './labels.ts'
import type { Combine } from './panel.ts'

/** What every grader that asks models to judge is told. */
export interface PanelSettings {
  readonly judges: readonly string[]
  readonly combine: Combine
  readonly judging: Judging
}

export interface PanelKind {
  readonly kind: string
  /** Goes up with every change of what judges of this kind are told. */
  readonly version: number
  /** Calls to each judge for one answer. */
  readonly calls: number
  readonly words: number
  /** What the file says of how to judge, as it is written. */
  readonly written: readonly unknown[]
  readonly against?: string | null
}

const validDaysUsual = 90

export function panelSettings(options: Options, kind: PanelKind): PanelSettings {
  const one = options.texts('judge')
  const several = options.texts('judges')
  const judges = [...new Set([...(one ?? []), ...(several ?? [])])]
  const named = judges.length > 0 ? judges : options.judging.judges
  if (named.length === 0)
    options.wrong(
      'judge',
      `It needs a model that judges, of another family than those that are graded: judge: provider/model. One for all graders that name none: --judge provider/model`,
    )
  const combine = options.choice('combine', ['mean', 'majority'], 'mean')
  const validDays = options.number('valid_days', 1, 3_650) ?? validDaysUsual
  const labels = readLabels(options)
  return {
    judges: named,
    combine,
    judging: {
      kind: kind.kind,
      judges: named,
      calls: kind.calls * named.length,
      words: kind.words,
      identity: keyOf([kind.kind, kind.version, named, combine, kind.written]).slice(0, 32),
      labels,
      validDays,
      against: kind.against ?? null,
    },
  }
}
