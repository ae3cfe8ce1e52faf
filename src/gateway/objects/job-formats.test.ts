import { expect, test } from 'bun:test'
import { isFinalJob, jobFormats } from './job-formats.ts'

const asked = {
  model: 'base',
  training_file: 'file-a',
  validation_file: 'file-b',
  suffix: 'triage',
  seed: 7,
  method: { type: 'dpo', dpo: { hyperparameters: { n_epochs: 3, batch_size: 8, beta: 0.1 } } },
}

test("OpenAI's request goes to OpenAI as it is", () => {
  expect(jobFormats.openai.request(asked)).toEqual(asked)
})

test('at Mistral files are lists, epochs have another name, and a job starts by itself', () => {
  expect(jobFormats.mistral.request(asked)).toEqual({
    model: 'base',
    suffix: 'triage',
    training_files: [{ file_id: 'file-a', weight: 1 }],
    validation_files: ['file-b'],
    hyperparameters: { epochs: 3 },
    auto_start: true,
  })
})

test('at Together the numbers stand in the body itself', () => {
  expect(jobFormats.together.request(asked)).toEqual({
    model: 'base',
    training_file: 'file-a',
    validation_file: 'file-b',
    suffix: 'triage',
    n_epochs: 3,
    batch_size: 8,
    training_method: { method: 'dpo', dpo_beta: 0.1 },
  })
})

test("what is 'auto' is left to the vendor", () => {
  const body = { ...asked, method: undefined, hyperparameters: { n_epochs: 'auto' } }
  expect(jobFormats.mistral.request(body)['hyperparameters']).toEqual({})
  expect(jobFormats.together.request(body)).not.toHaveProperty('n_epochs')
})

test.each([
  ['mistral', 'QUEUED', 'queued'],
  ['mistral', 'VALIDATED', 'validating_files'],
  ['mistral', 'FAILED_VALIDATION', 'failed'],
  ['mistral', 'SUCCESS', 'succeeded'],
  ['mistral', 'CANCELLATION_REQUESTED', 'running'],
  ['mistral', 'A_NEW_WORD', 'running'],
  ['together', 'pending', 'validating_files'],
  ['together', 'uploading', 'running'],
  ['together', 'user_error', 'failed'],
  ['together', 'completed', 'succeeded'],
  ['together', 'a_new_word', 'running'],
] as const)('%s says %s, and that is %s', (vendor, theirs, ours) => {
  const job = jobFormats[vendor].job({ id: 'x', status: theirs })
  expect(job['status']).toBe(ours)
  expect(isFinalJob(job)).toBe(['failed', 'succeeded'].includes(ours))
})

test("a finished job of Mistral's in OpenAI's words", () => {
  const wire = {
    id: 'b1',
    model: 'open-small',
    status: 'SUCCESS',
    created_at: 1_700_000_000,
    modified_at: 1_700_000_600,
    training_files: ['f1'],
    validation_files: null,
    fine_tuned_model: 'ft:open-small:triage',
    hyperparameters: { epochs: 2 },
    events: [{ name: 'status-updated', data: { status: 'RUNNING' }, created_at: 1_700_000_100 }],
    checkpoints: [{ step_number: 5, created_at: 1_700_000_500, metrics: { train_loss: 0.4 } }],
  }
  expect(jobFormats.mistral.job(wire)).toMatchObject({
    object: 'fine_tuning.job',
    status: 'succeeded',
    training_file: 'f1',
    validation_file: null,
    finished_at: 1_700_000_600,
    fine_tuned_model: 'ft:open-small:triage',
    hyperparameters: { n_epochs: 2 },
    trained_tokens: null,
    error: null,
  })
  expect(jobFormats.mistral.events(wire)).toEqual([
    {
      object: 'fine_tuning.job.event',
      id: 'ftevent-b1-0',
      created_at: 1_700_000_100,
      level: 'info',
      message: 'status-updated',
      type: 'message',
      data: { status: 'RUNNING' },
    },
  ])
  expect(jobFormats.mistral.checkpoints(wire)[0]).toMatchObject({
    step_number: 5,
    metrics: { train_loss: 0.4 },
    fine_tuning_job_id: 'b1',
  })
})

test("a finished job of Together's in OpenAI's words", () => {
  const job = jobFormats.together.job({
    id: 'ft-1',
    model: 'Acme/Base-8B',
    status: 'completed',
    created_at: '2026-11-20T10:00:00Z',
    updated_at: '2026-11-20T11:00:00Z',
    training_file: 'file-a',
    validation_file: '',
    output_name: 'me/Base-8B-triage',
    token_count: 1_234,
    n_epochs: 1,
  })
  expect(job).toMatchObject({
    status: 'succeeded',
    created_at: 1_795_168_800,
    finished_at: 1_795_172_400,
    fine_tuned_model: 'me/Base-8B-triage',
    validation_file: null,
    trained_tokens: 1_234,
  })
  // The name stands there from the beginning; there is a model only at the end.
  expect(
    jobFormats.together.job({ id: 'x', status: 'running', output_name: 'me/x' })[
      'fine_tuned_model'
    ],
  ).toBeNull()
})
