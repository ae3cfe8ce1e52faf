import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

/** Files, batches and fine-tuning jobs that lie at providers: each is found again where it was made. */

const keys = {
  web: 'web-secret-0123456789',
  other: 'other-secret-0123456789',
  narrow: 'narrow-secret-0123456789',
  poor: 'poor-secret-0123456789',
  paced: 'paced-secret-0123456789',
}
const acmeKeys = ['acme-key-a-0123456789', 'acme-key-b-0123456789']

/** Both speak as OpenAI does; `birch` is there so that one has to be named. */
const config = `
providers:
  acme: { type: openai, base_url: '{{acme}}', api_keys: [${acmeKeys.join(', ')}] }
  birch: { type: openai, base_url: '{{birch}}', api_key: birch-key-0123456789 }
  cedar: { type: openai, base_url: 'http://127.0.0.1:1/v1', api_key: cedar-key-0123456789 }
tasks:
  hello: acme/small
  mixed: [birch/small, acme/small]
keys:
  - { id: web, secret: ${keys.web} }
  - { id: other, secret: ${keys.other} }
  - { id: narrow, secret: ${keys.narrow}, tasks: [hello] }
  - { id: poor, secret: ${keys.poor}, budget: { limit: 5 USD, per: day } }
  - { id: paced, secret: ${keys.paced}, rate: { requests: 2/h } }
customers:
  Zoë: { budget: { limit: 5 USD, per: day } }
features:
  nightly: { budget: { limit: 5 USD, per: day } }
`.replace('[birch/small, acme/small]', '{ models: [birch/small, acme/small] }')

let town: Town

beforeAll(async () => {
  town = await startTown({ config, vendors: { acme: {}, birch: {} } })
})
afterAll(() => town.close())

function clientOf(apiKey: string, provider?: string): OpenAI {
  return new OpenAI({
    apiKey,
    baseURL: `${town.url}/v1`,
    maxRetries: 0,
    ...(provider === undefined ? {} : { defaultHeaders: { 'x-freehold-provider': provider } }),
  })
}

function jsonl(text = '{"messages":[{"role":"user","content":"hi"}]}\n'): File {
  return new File([text], 'train ü.jsonl')
}

async function refusalOf(
  ask: () => PromiseLike<unknown>,
): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await ask()
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error
    throw error
  }
  throw new Error('it was not refused')
}

test('a file lies at the provider that was named, and its id leads there', async () => {
  const client = clientOf(keys.web, 'acme')
  const made = await client.files.create({ file: jsonl(), purpose: 'user_data' })
  expect(made.id).toMatch(/^file-acme~file-[A-Za-z0-9]+$/)
  expect(made).toMatchObject({ object: 'file', purpose: 'user_data', filename: 'train ü.jsonl' })

  // No header any more: the id tells.
  const plain = clientOf(keys.web)
  expect(await plain.files.retrieve(made.id)).toEqual(made)
  expect(await (await plain.files.content(made.id)).text()).toBe(
    '{"messages":[{"role":"user","content":"hi"}]}\n',
  )
  expect((await plain.files.list()).data.map(({ id }) => id)).toEqual([made.id])
  expect((await plain.files.list({ purpose: 'batch' })).data).toEqual([])
  expect(town.vendors['birch']!.history()).toEqual([])
  expect(await plain.files.delete(made.id)).toEqual({
    id: made.id,
    object: 'file',
    deleted: true,
  })
  const gone = await refusalOf(() => plain.files.retrieve(made.id))
  expect([gone.status, gone.code]).toEqual([404, 'object_not_found'])
})

test('of several keys of a provider the one that made a file is used again', async () => {
  const client = clientOf(keys.web, 'acme')
  const before = await client.files.create({ file: jsonl(), purpose: 'user_data' })
  town.vendors['acme']!.behave({ key: acmeKeys[0]!, fault: 'http-401' })
  const messages = [{ role: 'user' as const, content: 'hi' }]
  for (let call = 0; call < 12; call += 1) {
    await client.chat.completions.create({ model: 'acme/small', messages }).catch(() => {})
  }
  // The first key rests now, so that the other one makes the next file.
  const after = await client.files.create({ file: jsonl(), purpose: 'user_data' })
  town.vendors['acme']!.behave({ key: acmeKeys[0]!, fault: 'none' })
  for (const { id } of [before, after]) expect((await client.files.retrieve(id)).id).toBe(id)
  const makers = town.vendors['acme']!.history()
    .filter(({ method, path }) => method === 'POST' && path === '/v1/files')
    .map(({ headers }) => headers['authorization'])
  expect(new Set(makers)).toEqual(new Set(acmeKeys.map((key) => `Bearer ${key}`)))
  for (const { id } of [before, after]) await client.files.delete(id)
})

test("the form's own fields say where, too", async () => {
  const client = clientOf(keys.web)
  const ask = (extra: object) =>
    client.files.create({ file: jsonl(), purpose: 'user_data', ...extra } as never)
  expect((await ask({ provider: 'birch' })).id).toStartWith('file-birch~')
  expect((await ask({ model: 'hello' })).id).toStartWith('file-acme~')
  expect((await ask({ model: 'birch/small' })).id).toStartWith('file-birch~')
  const unclear = await refusalOf(() => ask({}))
  expect(unclear.code).toBe('object_not_offered')
  expect(unclear.message).toContain('acme, birch, cedar')
  expect(unclear.message).toContain('x-freehold-provider')
  const unknown = await refusalOf(() => ask({ provider: 'zebra' }))
  expect(unknown.message).toContain('"zebra" is not a provider that is live here')
  // What is for the gateway is not told to the vendor.
  const sent = town.vendors['birch']!.history().find(({ method }) => method === 'POST')!
  expect(sent.body).not.toContain('name="provider"')
})

test('nobody but its owner and an admin sees an object', async () => {
  const { id } = await clientOf(keys.web, 'acme').files.create({
    file: jsonl(),
    purpose: 'user_data',
  })
  const stranger = clientOf(keys.other)
  const asked = town.vendors['acme']!.history().length
  for (const ask of [
    () => stranger.files.retrieve(id),
    () => stranger.files.content(id),
    () => stranger.files.delete(id),
    () => stranger.fineTuning.jobs.create({ model: 'small', training_file: id }),
    () =>
      stranger.chat.completions.create({
        model: 'hello',
        messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: id } }] }],
      }),
    // By the name that it has at its provider, whose account all keys share.
    () =>
      stranger.chat.completions.create({
        model: 'hello',
        messages: [
          { role: 'user', content: [{ type: 'file', file: { file_id: id.split('~')[1]! } }] },
        ],
      }),
  ]) {
    const { status, code } = await refusalOf(ask)
    expect([status, code]).toEqual([404, 'object_not_found'])
  }
  expect((await stranger.files.list()).data).toEqual([])
  expect(town.vendors['acme']!.history().length).toBe(asked)
  expect((await clientOf(town.adminKey).files.list()).data.map((file) => file.id)).toContain(id)
})

test('who asks for the head of a content alone leaves nothing open', async () => {
  const headers = { authorization: `Bearer ${keys.web}` }
  const { id } = await clientOf(keys.web, 'freehold').files.create({
    file: jsonl(),
    purpose: 'batch',
  })
  for (let asked = 0; asked < 3; asked += 1) {
    const url = `${town.url}/v1/files/${id}/content`
    expect((await fetch(url, { method: 'HEAD', headers })).status).toBe(200)
  }
  const active = async () => (await town.api<{ active_calls: number }>('/api/status')).active_calls
  for (let tries = 0; tries < 100 && (await active()) > 0; tries += 1) await Bun.sleep(10)
  expect(await active()).toBe(0)
})

test('ids that nobody gave are a 404, whatever they hold', async () => {
  const headers = { authorization: `Bearer ${keys.web}` }
  const ids = ['x', 'file-', 'file-acme~', 'file-~x', '%2e%2e%2f', 'file-acme~..%2fmodels', '%00']
  for (const path of ['files', 'batches', 'fine_tuning/jobs']) {
    for (const id of ids) {
      const response = await fetch(`${town.url}/v1/${path}/${id}`, { headers })
      expect([path, id, response.status]).toEqual([path, id, 404])
    }
  }
})

test('a call with a file goes to the provider that has it, and names it as that one does', async () => {
  const client = clientOf(keys.web, 'acme')
  const { id } = await client.files.create({ file: jsonl(), purpose: 'user_data' })
  const before = town.vendors['birch']!.history().length
  const content = [
    { type: 'text' as const, text: `"file_id": "${id}" stays as it is` },
    { type: 'file' as const, file: { file_id: id } },
  ]
  await client.chat.completions
    .create({ model: 'mixed', messages: [{ role: 'user', content }] })
    .catch(() => {}) // the simulator reads no files
  const sent = town.vendors['acme']!.history().at(-1)!
  expect(sent.path).toBe('/v1/chat/completions')
  expect(sent.body).toContain(`"file_id":"${id.slice('file-acme~'.length)}"`)
  expect(sent.body).toContain(`${id}\\" stays`)
  expect(town.vendors['birch']!.history().length).toBe(before)
  const elsewhere = await refusalOf(() =>
    client.chat.completions.create({
      model: 'birch/small',
      messages: [{ role: 'user', content }],
    }),
  )
  expect(elsewhere.message).toContain('The files of the call lie at acme.')
})

describe("a vendor's own batch", () => {
  const line = (model: string) =>
    `${JSON.stringify({
      custom_id: 'one',
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model, messages: [{ role: 'user', content: 'hi' }] },
    })}\n`

  test('runs there, under ids that lead there', async () => {
    const client = clientOf(keys.web, 'acme')
    const file = await client.files.create({ file: jsonl(line('acme/small')), purpose: 'batch' })
    const begun = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    })
    expect(begun.id).toStartWith('batch_acme~batch_')
    expect(begun.input_file_id).toBe(file.id)
    await client.batches.retrieve(begun.id)
    const done = await client.batches.retrieve(begun.id)
    expect(done.status).toBe('completed')
    expect(done.output_file_id).toStartWith('file-acme~file-')
    const [answer] = (await (await client.files.content(done.output_file_id!)).text()).split('\n')
    // The vendor was told its own name of the model.
    expect(JSON.parse(answer!)).toMatchObject({ response: { body: { model: 'small' } } })
    expect((await client.batches.list()).data.map(({ id }) => id)).toEqual([begun.id])
    const files = (await client.files.list({ purpose: 'batch_output' as never })).data
    expect(files.map(({ id }) => id)).toContain(done.output_file_id!)
    const stranger = await refusalOf(() => clientOf(keys.other).files.content(done.output_file_id!))
    expect(stranger.status).toBe(404)
  })

  test('can be cancelled', async () => {
    const client = clientOf(keys.web, 'acme')
    const file = await client.files.create({ file: jsonl(line('acme/small')), purpose: 'batch' })
    const { id } = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    })
    expect((await client.batches.cancel(id)).status).toBe('cancelling')
    expect((await client.batches.retrieve(id)).status).toBe('cancelled')
  })

  test('takes no line that it could not run', async () => {
    const client = clientOf(keys.web, 'acme')
    for (const [model, said] of [
      ['hello', 'is no model of acme'],
      ['birch/small', 'is no model of acme'],
    ] as const) {
      const { status, message } = await refusalOf(() =>
        client.files.create({ file: jsonl(line(model)), purpose: 'batch' }),
      )
      expect([status, message.includes(said), message.includes('freehold')]).toEqual([
        400,
        true,
        true,
      ])
    }
  })

  test('is not begun by whoever has a budget, because no ledger of ours would know its cost', async () => {
    const client = clientOf(keys.poor, 'acme')
    const file = await client.files.create({ file: jsonl(line('acme/small')), purpose: 'batch' })
    const { status, code, message } = await refusalOf(() =>
      client.batches.create({
        input_file_id: file.id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
      }),
    )
    expect([status, code]).toEqual([402, 'budget_cannot_hold'])
    expect(message).toContain('x-freehold-provider: freehold')
  })

  test.each([
    ['customer Zoë', { 'x-freehold-customer': Buffer.from('Zoë').toString('latin1') }, {}],
    ['customer Zoë', {}, { 'x-freehold-customer': 'Zoë' }],
    ['feature nightly', { 'x-freehold-feature': 'nightly' }, {}],
    ['feature nightly', {}, { feature: 'nightly' }],
  ])('nor for %s, who has one, by %j or %j', async (scope, headers, metadata) => {
    const client = clientOf(keys.web, 'acme')
    const file = await client.files.create({ file: jsonl(line('acme/small')), purpose: 'batch' })
    const { status, code, message } = await refusalOf(() =>
      client.batches.create(
        {
          input_file_id: file.id,
          endpoint: '/v1/chat/completions',
          completion_window: '24h',
          metadata: metadata as Record<string, string>,
        },
        { headers: headers as Record<string, string> },
      ),
    )
    expect([status, code]).toEqual([402, 'budget_cannot_hold'])
    expect(message).toContain(scope)
  })

  test('a key of some tasks gets the gateway instead, where tasks are known', async () => {
    const narrow = clientOf(keys.narrow)
    const file = await narrow.files.create({ file: jsonl(line('hello')), purpose: 'batch' })
    expect(file.id).toMatch(/^file-[0-9a-f]{32}$/)
    const named = await refusalOf(() =>
      clientOf(keys.narrow, 'acme').files.create({ file: jsonl(), purpose: 'user_data' }),
    )
    expect(named.message).toContain('acme/*')
  })
})

describe('fine-tuning', () => {
  test('a job goes from its file to a model that can be called by the name it is given', async () => {
    const client = clientOf(keys.web, 'acme')
    const file = await client.files.create({ file: jsonl(), purpose: 'fine-tune' })
    const job = await client.fineTuning.jobs.create({
      model: 'acme/small',
      training_file: file.id,
      validation_file: file.id,
      suffix: 'triage',
    })
    expect(job.id).toStartWith('ftjob-acme~ftjob-')
    expect(job).toMatchObject({
      object: 'fine_tuning.job',
      model: 'acme/small',
      training_file: file.id,
      validation_file: file.id,
      status: 'validating_files',
    })
    await client.fineTuning.jobs.retrieve(job.id)
    const done = await client.fineTuning.jobs.retrieve(job.id)
    expect(done.status).toBe('succeeded')
    expect(done.fine_tuned_model).toStartWith('acme/ft:small:')
    expect(done.result_files[0]).toStartWith('file-acme~')
    expect(await (await client.files.content(done.result_files[0]!)).text()).toContain('train_loss')
    const events = await client.fineTuning.jobs.listEvents(job.id)
    expect(events.data[0]).toMatchObject({ object: 'fine_tuning.job.event', level: 'info' })
    const checkpoints = await client.fineTuning.jobs.checkpoints.list(job.id)
    expect(checkpoints.data[0]).toMatchObject({
      fine_tuning_job_id: job.id,
      fine_tuned_model_checkpoint: 'acme/ft:small:sim::step-1',
    })
    expect((await client.fineTuning.jobs.list()).data.map(({ id }) => id)).toEqual([job.id])
    expect((await clientOf(keys.other).fineTuning.jobs.list()).data).toEqual([])
  })

  test('a job can be paused, resumed and cancelled', async () => {
    const client = clientOf(keys.web, 'acme')
    const file = await client.files.create({ file: jsonl(), purpose: 'fine-tune' })
    const { id } = await client.fineTuning.jobs.create({
      model: 'small',
      training_file: file.id,
    })
    expect((await client.fineTuning.jobs.pause(id)).status as string).toBe('paused')
    expect((await client.fineTuning.jobs.resume(id)).status).toBe('running')
    expect((await client.fineTuning.jobs.cancel(id)).status).toBe('cancelled')
  })

  test('a provider without it is told of, with those that have it', async () => {
    const client = clientOf(keys.web, 'sim')
    const { code, message } = await refusalOf(() =>
      client.files.create({ file: jsonl(), purpose: 'fine-tune' }),
    )
    expect(code).toBe('object_not_offered')
    expect(message).toContain('acme, birch, cedar')
  })
})

test('what a vendor says is told, and its keys are not', async () => {
  const client = clientOf(keys.web, 'acme')
  const file = await client.files.create({ file: jsonl(), purpose: 'batch' }).catch(() => null)
  expect(file).toBeNull() // its lines are no requests
  const refused = await refusalOf(() =>
    client.post('/fine_tuning/jobs', { body: { model: 'small', training_file: 7 } }),
  )
  expect(refused.code).toBe('invalid_request')

  town.vendors['acme']!.behave({ fault: 'http-401', times: 1 })
  const keyRefused = await refusalOf(() =>
    client.files.create({ file: jsonl(), purpose: 'user_data' }),
  )
  expect([keyRefused.status, keyRefused.code]).toEqual([502, 'provider_key_refused'])
  for (const key of acmeKeys) expect(keyRefused.message).not.toContain(key)

  const unreachable = await refusalOf(() =>
    clientOf(keys.web, 'cedar').files.create({ file: jsonl(), purpose: 'user_data' }),
  )
  expect([unreachable.status, unreachable.code]).toEqual([502, 'provider_unreachable'])
})

test('requests about objects count in the rate of a key, and leave no row', async () => {
  const client = clientOf(keys.paced, 'acme')
  const { id } = await client.files.create({ file: jsonl(), purpose: 'user_data' })
  await client.files.retrieve(id)
  const { status, code } = await refusalOf(() => client.files.retrieve(id))
  expect([status, code]).toEqual([429, 'rate_limit_exceeded'])
  const { calls } = await town.api<{ calls: unknown[] }>('/api/calls?key=paced')
  expect(calls).toEqual([])
})

test('what was noted of an object outlives a restart', async () => {
  const client = clientOf(keys.web, 'birch')
  const { id } = await client.files.create({ file: jsonl(), purpose: 'user_data' })
  await town.end()
  await town.restart()
  expect((await clientOf(keys.web).files.retrieve(id)).id).toBe(id)
  expect((await refusalOf(() => clientOf(keys.other).files.retrieve(id))).status).toBe(404)
})

const schemas = join(import.meta.dir, '../../../shared/data/fixtures/schema/openai-calibrated.json')

test.skipIf(!existsSync(schemas))(
  'files and batches fit the published schemas (skipped where ../shared is not)',
  async () => {
    const { components } = JSON.parse(readFileSync(schemas, 'utf8')) as {
      components: {
        schemas: Record<
          string,
          { required: string[]; properties: Record<string, { type?: string }> }
        >
      }
    }
    const client = clientOf(keys.web, 'freehold')
    const line =
      '{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"model":"sim/embed","input":"x"}}'
    const file = await client.files.create({ file: jsonl(line), purpose: 'batch' })
    const batch = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/embeddings',
      completion_window: '24h',
    })
    const shapes = [
      ['OpenAIFile', file],
      ['Batch', batch],
      ['ListFilesResponse', await rawOf('/v1/files')],
      ['ListBatchesResponse', await rawOf('/v1/batches')],
    ] as const
    for (const [name, value] of shapes) {
      const { required, properties } = components.schemas[name]!
      const given = value as unknown as Record<string, unknown>
      for (const field of required)
        expect([name, field, field in given]).toEqual([name, field, true])
      for (const [field, { type }] of Object.entries(properties)) {
        const said = given[field]
        if (said === null || said === undefined || type === undefined) continue
        const kind = Array.isArray(said)
          ? 'array'
          : Number.isInteger(said)
            ? 'integer'
            : typeof said
        expect([name, field, kind]).toEqual([name, field, type])
      }
    }
  },
)

async function rawOf(path: string): Promise<unknown> {
  const response = await fetch(town.url + path, {
    headers: { authorization: `Bearer ${keys.web}` },
  })
  return response.json()
}
