import { invalidRequest } from '../core/errors.ts'
import type { Asked } from './asked.ts'
import type { CalibrationJson } from './contract/routing.ts'

/** What the kept policy of a task was chosen from: costs beside qualities, and where it stands. @throws invalid_request */
export function showCalibration({ control, query }: Asked): CalibrationJson {
  const name = query.get('task') ?? ''
  const { tasks } = control.snapshot()
  const task = tasks.get(name)
  if (task === undefined) {
    const known = [...tasks.keys()].join(', ')
    throw invalidRequest(`'task' has to be one of the tasks: ${known || 'there are none'}.`).at(
      'task',
    )
  }
  const fitted = task.routing?.fitted ?? null
  if (fitted === null) return { task: name, calibration: null }
  const { facts, report } = fitted
  const { operating } = report
  return {
    task: name,
    calibration: {
      made: facts.made,
      method: report.method,
      reason: report.reason,
      cheap: report.cheap,
      strong: facts.strong,
      quality: facts.quality,
      confidence: facts.confidence,
      rows: report.rows,
      certified_rows: report.certifiedRows,
      operating:
        operating === null
          ? null
          : {
              cost: operating.cost,
              quality: operating.quality,
              escalated: operating.escalated,
              cost_interval: operating.costInterval,
            },
      curve: report.curve,
      models: report.models,
      oracle: report.oracle,
      targets: report.targets,
    },
  }
}
