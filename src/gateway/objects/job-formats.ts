import type { KeptJobs } from '../../providers/provider.ts'

/** Fine-tuning jobs in OpenAI's words, and in those of the vendors that have others. */

type Wire = Readonly<Record<string, unknown>>

export type JobVerb = 'cancel' | 'pause' | 'resume'
export type JobList = 'events' | 'checkpoints'

export interface JobFormat {
  /** Where jobs are. */
  readonly path: string
  /** What can be done with one. */
  readonly verbs: readonly JobVerb[]
  /** OpenAI's request in the vendor's words; models and files are the vendor's own already. */
  readonly request: (body: Wire) => Wire
  /** The vendor's job as OpenAI would write it. */
  readonly job: (wire: Wire) => Wire
  /** Where a list stands: at a path behind the job's, or within the job itself. */
  readonly lists: 'apart' | 'within'
  readonly events: (wire: Wire) => readonly Wire[]
  readonly checkpoints: (wire: Wire) => readonly Wire[]
}

const openai: JobFormat = {
  path: '/fine_tuning/jobs',
  verbs: ['cancel', 'pause', 'resume'],
  request: (body) => body,
  job: (wire) => wire,
  lists: 'apart',
  events: dataOf,
  checkpoints: dataOf,
}

/** @see https://docs.mistral.ai/api/endpoint/deprecated/fine-tuning (read 2026-11-22) */
const mistral: JobFormat = {
  path: '/fine_tuning/jobs',
  verbs: ['cancel'],
  request: (body) => {
    const { training_file, validation_file, method: _method, seed: _seed, ...rest } = body
    const { n_epochs: epochs } = hyperparametersOf(body)
    return {
      ...rest,
      training_files: [{ file_id: training_file, weight: 1 }],
      ...(typeof validation_file === 'string' ? { validation_files: [validation_file] } : {}),
      hyperparameters: typeof epochs === 'number' ? { epochs } : {},
      auto_start: true,
    }
  },
  job: (wire) => {
    const status = statusIn(mistralStatus, wire['status'])
    const files = listOf(wire['training_files'])
    return {
      ...base,
      ...wire,
      object: 'fine_tuning.job',
      status,
      training_file: fileIdOf(files[0]),
      validation_file: fileIdOf(listOf(wire['validation_files'])[0]),
      created_at: secondsOf(wire['created_at']),
      finished_at: final.has(status) ? secondsOf(wire['modified_at']) : null,
      hyperparameters: {
        n_epochs: numberIn(wire['hyperparameters'], 'epochs') ?? 'auto',
      },
      result_files: [],
    }
  },
  lists: 'within',
  events: (wire) =>
    listOf(wire['events']).map((event, index) => ({
      object: 'fine_tuning.job.event',
      id: `ftevent-${String(wire['id'])}-${index}`,
      created_at: secondsOf(event['created_at']),
      level: 'info',
      message: typeof event['name'] === 'string' ? event['name'] : '',
      type: 'message',
      data: event['data'] ?? null,
    })),
  checkpoints: (wire) =>
    listOf(wire['checkpoints']).map((checkpoint, index) => ({
      object: 'fine_tuning.job.checkpoint',
      id: `ftckpt-${String(wire['id'])}-${index}`,
      created_at: secondsOf(checkpoint['created_at']),
      step_number: checkpoint['step_number'] ?? null,
      metrics: checkpoint['metrics'] ?? {},
      fine_tuning_job_id: wire['id'],
    })),
}

const mistralStatus: Readonly<Record<string, string>> = {
  QUEUED: 'queued',
  STARTED: 'running',
  VALIDATING: 'validating_files',
  VALIDATED: 'validating_files',
  RUNNING: 'running',
  FAILED_VALIDATION: 'failed',
  FAILED: 'failed',
  SUCCESS: 'succeeded',
  CANCELLED: 'cancelled',
  CANCELLATION_REQUESTED: 'running',
}

/** @see https://docs.together.ai/reference/post-fine-tunes (read 2026-11-22) */
const together: JobFormat = {
  path: '/fine-tunes',
  verbs: ['cancel'],
  request: (body) => {
    const { hyperparameters: _old, method, seed: _seed, ...rest } = body
    const { n_epochs: epochs, batch_size: size, beta } = hyperparametersOf(body)
    return {
      ...rest,
      ...(typeof epochs === 'number' ? { n_epochs: epochs } : {}),
      ...(typeof size === 'number' ? { batch_size: size } : {}),
      ...(objectOf(method)['type'] === 'dpo'
        ? {
            training_method: {
              method: 'dpo',
              ...(typeof beta === 'number' ? { dpo_beta: beta } : {}),
            },
          }
        : {}),
    }
  },
  job: (wire) => {
    const status = statusIn(togetherStatus, wire['status'])
    const made = wire['model_output_name'] ?? wire['output_name']
    return {
      ...base,
      ...wire,
      object: 'fine_tuning.job',
      status,
      created_at: secondsOf(wire['created_at']),
      finished_at: final.has(status) ? secondsOf(wire['updated_at']) : null,
      fine_tuned_model: status === 'succeeded' && typeof made === 'string' ? made : null,
      validation_file: fileIdOf(wire['validation_file']),
      trained_tokens: typeof wire['token_count'] === 'number' ? wire['token_count'] : null,
      hyperparameters: { n_epochs: wire['n_epochs'] ?? 'auto' },
      result_files: [],
    }
  },
  lists: 'apart',
  events: (wire) =>
    dataOf(wire).map((event, index) => ({
      ...event,
      object: 'fine_tuning.job.event',
      id: event['id'] ?? `ftevent-${index}`,
      created_at: secondsOf(event['created_at']),
      level: event['level'] ?? 'info',
      message: event['message'] ?? '',
      type: 'message',
      data: null,
    })),
  checkpoints: (wire) =>
    dataOf(wire).map((checkpoint, index) => ({
      ...checkpoint,
      object: 'fine_tuning.job.checkpoint',
      id: checkpoint['id'] ?? `ftckpt-${index}`,
      created_at: secondsOf(checkpoint['created_at']),
      step_number: checkpoint['step'] ?? null,
      metrics: {},
    })),
}

const togetherStatus: Readonly<Record<string, string>> = {
  pending: 'validating_files',
  queued: 'queued',
  running: 'running',
  compressing: 'running',
  uploading: 'running',
  cancel_requested: 'running',
  cancelled: 'cancelled',
  user_error: 'failed',
  error: 'failed',
  completed: 'succeeded',
}

export const jobFormats = { openai, mistral, together } satisfies Record<
  KeptJobs['speaks'],
  JobFormat
>

const final = new Set(['succeeded', 'failed', 'cancelled'])

/** Jobs in these states change no more. */
export function isFinalJob(wire: Wire): boolean {
  return final.has(String(wire['status']))
}

/** What OpenAI's object has and the vendor's may lack. */
const base: Wire = {
  fine_tuned_model: null,
  validation_file: null,
  trained_tokens: null,
  organization_id: null,
  seed: null,
  error: null,
}

/** A word that nobody knew of is no failure: the job goes on until a known one says otherwise. */
function statusIn(table: Readonly<Record<string, string>>, word: unknown): string {
  return (typeof word === 'string' ? table[word] : undefined) ?? 'running'
}

/** Under the method, or beside it as it was in the beginning. */
function hyperparametersOf(body: Wire): Wire {
  const method = objectOf(body['method'])
  const kind = typeof method['type'] === 'string' ? objectOf(method[method['type']]) : {}
  return { ...objectOf(body['hyperparameters']), ...objectOf(kind['hyperparameters']) }
}

function dataOf(wire: Wire): readonly Wire[] {
  return listOf(wire['data'])
}

function listOf(value: unknown): readonly Wire[] {
  return Array.isArray(value) ? (value as Wire[]) : []
}

function objectOf(value: unknown): Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Wire) : {}
}

/** Files stand there as ids, or as objects that hold one. */
function fileIdOf(file: unknown): string | null {
  if (typeof file === 'string') return file === '' ? null : file
  const id = objectOf(file)['file_id']
  return typeof id === 'string' ? id : null
}

function numberIn(value: unknown, name: string): number | null {
  const number = objectOf(value)[name]
  return typeof number === 'number' ? number : null
}

/** Seconds since 1970, of a number or a date; null when it is neither. */
function secondsOf(value: unknown): number | null {
  if (typeof value === 'number') return value
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? null : Math.floor(ms / 1_000)
}
