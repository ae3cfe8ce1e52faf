import { outwardId } from './ids.ts'

/** Objects of a provider as its callers see them: ids say where things lie, models have full names. */

type Wire = Readonly<Record<string, unknown>>

export function outwardFile(provider: string, wire: Wire): Wire {
  return { ...wire, id: idOf('file', provider, wire['id']), object: 'file' }
}

export function outwardBatch(provider: string, wire: Wire): Wire {
  return {
    ...wire,
    id: idOf('batch', provider, wire['id']),
    ...eachFile(provider, wire, ['input_file_id', 'output_file_id', 'error_file_id']),
    ...eachModel(provider, wire, ['model']),
  }
}

export function outwardJob(provider: string, wire: Wire): Wire {
  const { result_files: results } = wire
  return {
    ...wire,
    id: idOf('job', provider, wire['id']),
    ...eachFile(provider, wire, ['training_file', 'validation_file']),
    ...(Array.isArray(results)
      ? { result_files: results.map((id) => idOf('file', provider, id)) }
      : {}),
    ...eachModel(provider, wire, ['model', 'fine_tuned_model']),
  }
}

export function outwardCheckpoint(provider: string, wire: Wire): Wire {
  return {
    ...wire,
    ...('fine_tuning_job_id' in wire
      ? { fine_tuning_job_id: idOf('job', provider, wire['fine_tuning_job_id']) }
      : {}),
    ...eachModel(provider, wire, ['fine_tuned_model_checkpoint']),
  }
}

/** Files that a provider made for a batch or a job: they belong to whom that belongs. */
export function filesOf(wire: Wire): readonly string[] {
  const results = wire['result_files']
  const named = [wire['output_file_id'], wire['error_file_id']]
  return [...named, ...(Array.isArray(results) ? (results as unknown[]) : [])].filter(
    (id): id is string => typeof id === 'string' && id !== '',
  )
}

function idOf(kind: 'file' | 'batch' | 'job', provider: string, id: unknown): unknown {
  return typeof id === 'string' && id !== '' ? outwardId(kind, { provider, id }) : id
}

function eachFile(provider: string, wire: Wire, names: readonly string[]): Wire {
  return Object.fromEntries(
    names.filter((name) => name in wire).map((name) => [name, idOf('file', provider, wire[name])]),
  )
}

function eachModel(provider: string, wire: Wire, names: readonly string[]): Wire {
  return Object.fromEntries(
    names
      .filter((name) => typeof wire[name] === 'string' && wire[name] !== '')
      .map((name) => [name, `${provider}/${String(wire[name])}`]),
  )
}
