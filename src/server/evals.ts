import { evalNotFound } from '../core/errors.ts'
import type { Asked } from './asked.ts'
import type { EvalCaseJson, EvalRunWholeJson, EvalsJson } from './contract/evals.ts'
import { countOf } from './query.ts'
import { decoded } from './request.ts'

/** /api/evals: what runs of evaluations found. The command that ran them keeps them; here they are read. */

export async function listEvals({ control, query }: Asked): Promise<EvalsJson> {
  const limit = countOf(query, 'limit', 50, 200)
  const [runs, judges] = await Promise.all([control.evals.list(limit), control.evals.judges()])
  return { runs, judges }
}

/** @throws eval_not_found */
export async function showEval({ control, rest }: Asked): Promise<EvalRunWholeJson> {
  const id = decoded(rest)
  const run = await control.evals.run(id)
  if (run === null) throw evalNotFound(id.slice(0, 60))
  return run
}

/** @throws eval_not_found, invalid_request */
export async function showEvalCase({ control, rest, query }: Asked): Promise<EvalCaseJson> {
  const id = decoded(rest)
  const found = await control.evals.case(id, countOf(query, 'at', 1, 10_000_000) - 1)
  if (found === null) throw evalNotFound(id.slice(0, 60))
  return found
}
