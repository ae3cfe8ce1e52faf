import { describe, expect, test } from 'bun:test'
import { instant } from '../core/clock.ts'
import { decimal, usd } from '../core/money.ts'
import { seeded } from '../core/random.ts'
import { compatible, providers } from '../providers/index.ts'
import { cascade, example, exampleEnv } from './example.suite.ts'
import type { ConfigIssue } from './issue.ts'
import { loadConfig, type Configuration } from './load.ts'

type Env = Record<string, string>

const now = instant('2026-11-21')
const keys = { DEEPSEEK_API_KEY: 'deepseek-key', OPENAI_API_KEY: 'openai-key' }

function issues(text: string, env: Env = keys): readonly ConfigIssue[] {
  const loaded = loadConfig({ text, path: 'freehold.yaml' }, { env, providers, compatible, now })
  return 'errors' in loaded ? loaded.errors : []
}

/** 'line:column path: sentence' */
function told(text: string, env: Env = keys): readonly string[] {
  return issues(text, env).map(
    ({ line, column, path, sentence }) => `${line}:${column} ${path}: ${sentence}`,
  )
}

function load(text: string, env: Env = keys): Configuration {
  const world = { env, providers, compatible, now }
  const loaded = loadConfig({ text, path: '/etc/freehold/freehold.yaml' }, world)
  if ('errors' in loaded) throw new Error(JSON.stringify(loaded.errors, null, 2))
  return loaded.config
}

test('a task says when a second model is asked, and whether one goes on', () => {
  const { snapshot } = load(`providers: { deepseek: {} }
tasks:
  none: deepseek/deepseek-v4-flash
  usual: { models: [deepseek/a, deepseek/b], hedge: { after: p95 }, resume: continue }
  fixed: { models: [deepseek/a, deepseek/b], hedge: { after: 800ms, most: 0.2 }, resume: off }
`)
  const of = (name: string) => {
    const { hedge, resume } = snapshot.tasks.get(name)!
    return { hedge, resume }
  }
  expect(of('none')).toEqual({ hedge: null, resume: null })
  expect(of('usual')).toEqual({
    hedge: { after: { quantile: 0.95 }, most: 0.05 },
    resume: 'continue',
  })
  expect(of('fixed')).toEqual({ hedge: { after: { ms: 800 }, most: 0.2 }, resume: null })
})

describe('the example of the product', () => {
  const { settings, snapshot, warnings } = load(example, exampleEnv)

  test('says how the process is set', () => {
    expect(settings).toMatchObject({
      server: {
        host: '127.0.0.1',
        port: 4000,
        bodyLimitBytes: 32_000_000,
        bodyTimeoutMs: 30_000,
        drainMs: 30_000,
      },
      storePath: '/etc/freehold/data',
      timezone: 'UTC',
      ledger: { whenUnavailable: 'refuse', queueBytesMax: 64_000_000 },
      retention: { payloadsMs: 30 * 86_400_000, rowsMs: 396 * 86_400_000 },
    })
    expect(settings.alarmWebhook?.reveal()).toBe('https://hooks.example/T0/B0')
  })

  test('says who is live, and the simulator is so without being listed', () => {
    expect([...snapshot.providers.keys()]).toEqual([
      'deepseek',
      'moonshot',
      'zhipu',
      'house',
      'sim',
    ])
    expect(snapshot.providers.get('deepseek')).toMatchObject({
      baseUrl: 'https://api.deepseek.com',
      baseUrlOverridden: false,
      jurisdiction: 'CN',
      data: 'any',
    })
    expect(snapshot.providers.get('deepseek')?.keys[0]?.reveal()).toBe('deepseek-key')
    expect(snapshot.providers.get('house')).toMatchObject({
      id: 'house',
      baseUrl: 'http://127.0.0.1:8000/v1',
      baseUrlOverridden: true,
      data: 'on-premises',
      keys: [],
      bounds: {
        budget: null,
        rate: { requests: { count: 600, perMs: 60_000 }, tokens: null, concurrent: 64 },
      },
    })
    expect(snapshot.providers.get('house')?.facts.id).toBe('vllm')
  })

  test('says what tasks there are', () => {
    expect(snapshot.tasks.get('fast_classifier')?.candidates).toEqual([
      { provider: 'zhipu', model: 'glm-4-9b', weight: 1 },
    ])
    expect(snapshot.tasks.get('general_purpose')).toMatchObject({
      policy: 'fixed',
      timeouts: { connect: 2_000, first_content: 20_000, idle: 20_000, total: 600_000 },
    })
    expect(snapshot.tasks.get('summarise')).toMatchObject({
      policy: 'weighted',
      sticky: 'session',
      cache: { ttlMs: 3_600_000, scope: 'customer' },
      candidates: [
        { provider: 'deepseek', model: 'deepseek-v4-flash', weight: 90 },
        { provider: 'house', model: 'qwen3-32b', weight: 10 },
      ],
    })
    expect(snapshot.tasks.get('contracts')?.data).toBe('on-premises')
  })

  test('says who may call, for whom, and how much', () => {
    const [ops, web] = snapshot.keys
    expect(ops).toMatchObject({ id: 'ops', role: 'admin', tasks: null, env: null })
    expect(web).toMatchObject({
      id: 'web',
      role: 'caller',
      env: 'production',
      tasks: new Set(['fast_classifier', 'summarise']),
      bounds: { budget: { limit: usd('50'), per: 'month' } },
    })
    expect(snapshot.customerDefault?.budget).toEqual({ limit: usd('2'), per: 'day' })
    expect(snapshot.customers.get('acme')?.budget).toEqual({ limit: usd('400'), per: 'month' })
    expect(snapshot.customers.has('default')).toBe(false)
  })

  test('says what own machines cost, and the catalog the rest', () => {
    const found = snapshot.catalog.find('house', 'qwen3-32b', now)
    expect(found?.model.machine).toMatchObject({ gpus: 2, usdPerGpuHour: '1.79' })
    expect(snapshot.catalog.find('deepseek', 'deepseek-v4-flash', now)?.segment).not.toBeNull()
  })

  test('warns of what holds and may not be meant', () => {
    expect(warnings).toContain('prices.acme/large is not used: no provider acme is live.')
  })

  test('shows no secret, however it is printed', () => {
    const { catalog: _, ...rest } = snapshot
    const printed =
      Bun.inspect(rest, { depth: 10 }) + Bun.inspect(settings) + JSON.stringify(warnings)
    for (const secret of Object.values(exampleEnv)) expect(printed).not.toContain(secret)
  })

  test('has a promise that nothing proves: it is kept by the strongest model, and that is said', () => {
    const text = example
      .replace('  contracts:', `${cascade}  contracts:`)
      .replace('[fast_classifier, summarise]', '[fast_classifier, support]')
    const { snapshot: with_, warnings: said } = load(text, exampleEnv)
    expect(with_.tasks.get('support')).toMatchObject({
      policy: 'cascade',
      routing: { fitted: null, guarantee: { quality: 0.98, confidence: 0.95 }, samples: 1 },
    })
    expect(with_.tasks.get('support')?.routing).toMatchObject({
      path: 'policies/support.json',
      evals: 'evals/support.yaml',
    })
    expect(said.join('\n')).toContain('tasks.support.guarantee is not proven yet, so')
    expect(said.join('\n')).toContain('freehold route calibrate --task support')
    expect(said.join('\n')).toContain('names a file that is not there: evals/support.yaml')
  })
})

describe('without a file', () => {
  const alone = (env: Env) => {
    const loaded = loadConfig(null, { env, providers, compatible, now })
    if ('errors' in loaded) throw new Error(JSON.stringify(loaded.errors))
    return loaded.config
  }

  test('those are live whose keys stand in the environment, and the simulator', () => {
    const { snapshot, settings } = alone({ ...keys, GEMINI_API_KEY: '', MISTRAL_API_KEY: ' m \n' })
    expect([...snapshot.providers.keys()]).toEqual(['deepseek', 'mistral', 'openai', 'sim'])
    expect(snapshot.providers.get('mistral')?.keys[0]?.reveal()).toBe('m')
    expect(settings.storePath).toBe('data')
  })

  test('a key that cannot be sent is no key, and a warning names it', () => {
    const { snapshot, warnings } = alone({ OPENAI_API_KEY: 'sk-1\r\nx-evil: 1' })
    expect([...snapshot.providers.keys()]).toEqual(['sim'])
    expect(warnings).toEqual([
      'OPENAI_API_KEY holds characters that no header can carry, so openai is not live.',
    ])
  })
})

test('an empty file is all defaults, and only the simulator is live', () => {
  const every =
    'server:\nalarms:\nledger:\nretention:\nfiles:\nbatches:\nmedia:\neconomics:\ncustomers:\nfeatures:\nprices:\n'
  for (const text of ['', '# nothing yet\n', '{}', 'providers:\ntasks:\nkeys:\n', every]) {
    const { snapshot, settings } = load(text)
    expect([...snapshot.providers.keys()]).toEqual(['sim'])
    expect(settings.server.port).toBe(4000)
    expect(snapshot).toMatchObject({ payloads: 'redacted', unknownPrices: 'serve' })
  }
})

test('a file in JSON is as good', () => {
  const { snapshot } = load(
    JSON.stringify({
      $schema: './freehold.schema.json',
      server: { port: 5000 },
      providers: { deepseek: null },
      tasks: { a: 'deepseek/x' },
      prices: { 'deepseek/x': { input: 0.1 } },
    }),
  )
  expect(snapshot.catalog.find('deepseek', 'x', now)?.segment?.price.input).toBe('0.1' as never)
})

test('all that is wrong is told at once, in the order of the file', () => {
  const text = `server: { prot: 4000, body_limit: 32mb }
storre: ./data
timezone: Mars/Base
providers:
  deepsek: {}
  openai: { api_key: "\${NOPE}" }
  house: { type: vllmm }
tasks:
  a: deepsek/x
  b: { models: [openai/y, opnai/z] }
keys:
  - { id: k, secret: short, tasks: [a, bb] }
  - { id: k, secret: 0123456789abcdef, budget: { limit: 5 EUR, per: yaer } }
`
  expect(told(text)).toEqual([
    '1:11 server.prot: There is no setting prot here. Did you mean port?',
    '1:35 server.body_limit: server.body_limit takes a size from 1kB to 1GB such as 32MB, written kB, MB or GB.',
    '2:1 storre: There is no setting storre here. Did you mean store?',
    '3:11 timezone: timezone takes a time zone such as UTC or Europe/Berlin, not "Mars/Base".',
    '5:3 providers.deepsek: providers.deepsek is no vendor that is known by this name. Did you mean deepseek?',
    '6:23 providers.openai.api_key: The environment has no NOPE. Set it, or take this setting out.',
    '7:18 providers.house.type: providers.house.type names nothing that is known. Did you mean vllm?',
    '10:27 tasks.b.models[1]: tasks.b.models[1] names the provider opnai, which is not listed under providers. Did you mean openai?',
    '12:22 keys[0].secret: keys[0].secret needs 16 characters or more.',
    '12:40 keys[0].tasks[1]: keys[0].tasks[1] is bb, and there is no such task. Did you mean b?',
    '13:11 keys[1].id: keys[1].id is k, as that of keys[0] is. Ids have to differ.',
    '13:57 keys[1].budget.limit: keys[1].budget.limit takes an amount such as 50 USD: budgets are kept in USD, so write the amount in USD.',
    '13:69 keys[1].budget.per: keys[1].budget.per takes day, week, month or total, not "yaer".',
  ])
})

const deepseek = 'providers: { deepseek: {} }\n'
const task = (settings: string) => `${deepseek}tasks: { a: ${settings} }\n`
const key = (settings: string) => `keys: [{ id: a, secret: 0123456789abcdef, ${settings} }]\n`

/** One thing is wrong: its place, its path, and a piece of what is said. */
test.each([
  // The file.
  ['- a\n', '1:1', '', 'The file has to begin with settings'],
  ['hello', '1:1', '', 'The file has to begin with settings'],
  ['server: [', '1:10', '', 'or a bracket before it is open'],
  // The server and the process.
  ['server: 4000', '1:9', 'server', 'takes settings: host, port'],
  ['server:\n  port: 70000\n', '2:9', 'server.port', 'a port from 0 to 65535, not "70000"'],
  ['server: { port: }', '1:11', 'server.port', 'has no value: it takes a port'],
  ['server: { port: 4000.5 }', '1:17', 'server.port', 'takes a port'],
  ['server: { host: "a b" }', '1:17', 'server.host', 'takes an address to listen on'],
  ['server: { workers: 33 }', '1:20', 'server.workers', 'a number of threads from 1 to 32'],
  [
    'server: { drain: 30 }',
    '1:18',
    'server.drain',
    'takes a time from 0s to 1h, such as 30s, not "30"',
  ],
  ['server: { body_limit: 2GB }', '1:23', 'server.body_limit', 'takes a size from 1kB to 1GB'],
  ['server: { body_timeout: 0s }', '1:25', 'server.body_timeout', 'takes a time from 1s to 1h'],
  ['store:', '1:1', 'store', 'has no value: it takes a folder'],
  ['store: postgres://db/x', '1:8', 'store', 'that is not built in this version'],
  ['store: s3://bucket', '1:8', 'store', 'addresses are not built'],
  ['payloads: redact', '1:11', 'payloads', 'Did you mean redacted?'],
  ['unknown_prices: no', '1:17', 'unknown_prices', 'takes serve or refuse, not "no"'],
  ['retention: { rows: 13 months }', '1:20', 'retention.rows', 'such as 396d'],
  ['ledger: { when_unavailable: wait }', '1:29', 'ledger.when_unavailable', 'refuse'],
  [
    'alarms: { webhook: hooks.example }',
    '1:20',
    'alarms.webhook',
    'takes a URL that begins with https://',
  ],
  // Providers.
  ['providers: { acme: {} }', '1:14', 'providers.acme', 'Give it a type: '],
  [
    'providers: { "a b": { type: openai } }',
    '1:14',
    'providers["a b"]',
    'is no name for a provider',
  ],
  [
    'providers: { acme: { type: acme } }',
    '1:28',
    'providers.acme.type',
    'names nothing that is known',
  ],
  ['providers: { g: { type: gemini-compatible } }', '1:14', 'providers.g', 'needs a base_url'],
  ['providers: { g: { type: openai-compatible } }', '1:14', 'providers.g', 'needs a base_url'],
  [
    'providers: { groq: {} }',
    '1:14',
    'providers.groq',
    'the environment has no GROQ_API_KEY. Set it, write api_key, or take groq out.',
  ],
  [
    'providers: { zhipu: {} }',
    '1:14',
    'providers.zhipu',
    'no ZHIPU_API_KEY and no ZHIPUAI_API_KEY and no BIGMODEL_API_KEY',
  ],
  [
    'providers: { deepseek: { base_url: ftp://x } }',
    '1:36',
    'providers.deepseek.base_url',
    'takes a URL that begins with https://',
  ],
  [
    'providers: { deepseek: { base_url: "https://u:p@x/v1" } }',
    '1:36',
    'providers.deepseek.base_url',
    'must not hold a user or a password',
  ],
  [
    'providers: { deepseek: { base_url: "https://x/v1?a=b" } }',
    '1:36',
    'providers.deepseek.base_url',
    'must not have a query',
  ],
  [
    'providers: { deepseek: { base_url: "https://x/v1#" } }',
    '1:36',
    'providers.deepseek.base_url',
    'must not have a query or a fragment',
  ],
  ['providers: { deepseek: { api_key: "" } }', '1:35', 'providers.deepseek.api_key', 'is empty'],
  [
    'providers: { deepseek: { api_key: "a b" } }',
    '1:35',
    'providers.deepseek.api_key',
    'no header can carry',
  ],
  [
    'providers: { deepseek: { api_key: a, api_keys: [b] } }',
    '1:38',
    'providers.deepseek.api_keys',
    'stands beside api_key',
  ],
  [
    'providers: { deepseek: { api_keys: [] } }',
    '1:36',
    'providers.deepseek.api_keys',
    'an empty list names none',
  ],
  [
    'providers: { deepseek: { api_keys: [a, a] } }',
    '1:36',
    'providers.deepseek.api_keys',
    'names one key twice',
  ],
  [
    'providers: { deepseek: { data: onpremises } }',
    '1:32',
    'providers.deepseek.data',
    'Did you mean on-premises?',
  ],
  [
    'providers: { deepseek: { jurisdiction: cn } }',
    '1:40',
    'providers.deepseek.jurisdiction',
    'write CN',
  ],
  [
    'providers: { deepseek: { headers: { Authorization: x } } }',
    '1:37',
    'providers.deepseek.headers.Authorization',
    'Keys go under api_key',
  ],
  [
    'providers: { deepseek: { headers: { host: x } } }',
    '1:37',
    'providers.deepseek.headers.host',
    'The gateway writes it itself',
  ],
  [
    'providers: { deepseek: { headers: { "a b": x } } }',
    '1:37',
    'providers.deepseek.headers["a b"]',
    'is no name for a header',
  ],
  [
    'providers: { deepseek: { headers: { x-a: "1\\n2" } } }',
    '1:42',
    'providers.deepseek.headers.x-a',
    'has to be visible ASCII',
  ],
  [
    'providers: { deepseek: { timeouts: { idle: 0s } } }',
    '1:44',
    'providers.deepseek.timeouts.idle',
    'takes a time from 1ms to 1d',
  ],
  [
    'providers: { deepseek: { timeout: 5s } }',
    '1:26',
    'providers.deepseek.timeout',
    'Did you mean timeouts?',
  ],
  [
    'providers: { deepseek: { rate: { requests: 600 } } }',
    '1:44',
    'providers.deepseek.rate.requests',
    'such as 600/min',
  ],
  [
    'providers: { deepseek: { rate: { requests: 0/min } } }',
    '1:44',
    'providers.deepseek.rate.requests',
    'such as 600/min',
  ],
  // Tasks.
  [
    task('deepseek'),
    '2:13',
    'tasks.a',
    'takes provider/model, such as deepseek/deepseek-v4-flash, not "deepseek"',
  ],
  [task('opnai/x'), '2:13', 'tasks.a', 'Did you mean openai?'],
  [
    task('openai/x'),
    '2:13',
    'tasks.a',
    'which is not listed under providers. Add there: openai: {}',
  ],
  [task('[deepseek/x]'), '2:13', 'tasks.a', 'takes a model, or settings, and here stands a list'],
  [task(''), '2:10', 'tasks.a', 'has no value: it takes a model, or settings'],
  [task('{ policy: fixed }'), '2:10', 'tasks.a.models', 'is missing: it takes a list of models'],
  [task('{ models: deepseek/x }'), '2:23', 'tasks.a.models', 'and here stands a single value'],
  [task('{ models: [] }'), '2:23', 'tasks.a.models', 'an empty list names none'],
  [
    task('{ models: [deepseek/x, deepseek/x] }'),
    '2:36',
    'tasks.a.models[1]',
    'names deepseek/x a second time',
  ],
  [task('{ models: [deepseek/x, y] }'), '2:36', 'tasks.a.models[1]', 'takes provider/model'],
  [
    task('{ models: { deepseek/x: 1 } }'),
    '2:23',
    'tasks.a.models',
    'Write policy: weighted, or a list',
  ],
  [
    task('{ policy: weighted, models: { deepseek/x: 0 } }'),
    '2:55',
    'tasks.a.models.deepseek/x',
    'takes a number above 0, not "0"',
  ],
  [
    task('{ policy: weighted, models: { x: 1 } }'),
    '2:43',
    'tasks.a.models.x',
    '"x" is no name for a model',
  ],
  [
    task('{ policy: weighted, models: { openai/x: 1 } }'),
    '2:43',
    'tasks.a.models.openai/x',
    'Add there: openai: {}',
  ],
  ...['cascade', 'learned'].map(
    (policy) =>
      [
        task(`{ models: [deepseek/x], policy: ${policy}, router: p.json }`),
        '2:23',
        'tasks.a.models',
        `names one model; ${policy} chooses among two or more`,
      ] as const,
  ),
  [
    task('{ models: [deepseek/x, deepseek/y], policy: learned }'),
    '2:57',
    'tasks.a.policy',
    'cannot be learned without a policy',
  ],
  [
    task('{ models: [deepseek/x, deepseek/y], policy: cascade, samples: 3, router: p.json }'),
    '2:66',
    'tasks.a.samples',
    'does nothing beside a fitted policy',
  ],
  [
    task('{ models: [deepseek/x, deepseek/y], policy: cascade, checks: no/such.ts }'),
    '2:74',
    'tasks.a.checks',
    'names a file that is not there: no/such.ts',
  ],
  [
    task('{ models: [deepseek/x], checks: a.ts }'),
    '2:37',
    'tasks.a.checks',
    'is for the policies cascade and learned',
  ],
  [
    task('{ models: [deepseek/x], audit: 0.02 }'),
    '2:37',
    'tasks.a.audit',
    'is for the policies cascade and learned',
  ],
  [
    task('{ models: [deepseek/x], canary: { model: deepseek/y, steps: [0.5, 0.2] } }'),
    '2:73',
    'tasks.a.canary.steps',
    'has to grow from step to step',
  ],
  [
    task('{ models: [deepseek/x], canary: { model: deepseek/x } }'),
    '2:54',
    'tasks.a.canary.model',
    'is among the models of the task',
  ],
  [
    task('{ models: [deepseek/x, deepseek/y], policy: cascade, canary: { model: deepseek/z } }'),
    '2:66',
    'tasks.a.canary',
    'cannot stand beside cascade',
  ],
  [
    task('{ models: [deepseek/x], data: any, shadow: { model: openai/x } }'),
    '2:58',
    'tasks.a.shadow.model',
    'Add there: openai: {}',
  ],
  [
    task('{ models: [deepseek/x], policy: random }'),
    '2:45',
    'tasks.a.policy',
    'takes fixed, weighted, fastest, cheapest, cascade or learned, not "random"',
  ],
  [
    task('{ models: [deepseek/x], guarantee: { quality: 1 } }'),
    '2:59',
    'tasks.a.guarantee.quality',
    'takes a share of the quality, above 0 and below 1',
  ],
  [
    task('{ models: [deepseek/x], sticky: user }'),
    '2:45',
    'tasks.a.sticky',
    'takes session, customer or key',
  ],
  [
    task('{ models: [deepseek/x], data: on-premises }'),
    '2:43',
    'tasks.a.data',
    'is met by no model of the task: deepseek/x promises any, not on-premises: if that is wrong, set providers.deepseek.data.',
  ],
  [
    task('{ models: [deepseek/x], not_in: [CN] }'),
    '2:45',
    'tasks.a.not_in',
    'deepseek/x has the jurisdiction CN: if that is wrong, set providers.deepseek.jurisdiction.',
  ],
  [
    task('{ models: [sim/small], not_in: [US] }'),
    '2:44',
    'tasks.a.not_in',
    'sim/small has no known jurisdiction: set providers.sim.jurisdiction.',
  ],
  [
    task('{ models: [deepseek/x], not_in: CN }'),
    '2:45',
    'tasks.a.not_in',
    'takes a list of countries',
  ],
  [
    task('{ models: [deepseek/x], not_in: [China] }'),
    '2:46',
    'tasks.a.not_in[0]',
    'a country of two capital letters',
  ],
  [
    task('{ models: [deepseek/x], cache: { ttl: 1 } }'),
    '2:51',
    'tasks.a.cache.ttl',
    'takes a time such as 1h',
  ],
  [
    task('{ models: [deepseek/x], hedge: { after: p5 } }'),
    '2:53',
    'tasks.a.hedge.after',
    'takes a time such as 800ms, or a percentile such as p95',
  ],
  [
    task('{ models: [deepseek/x], hedge: { after: 1s, most: 1.5 } }'),
    '2:63',
    'tasks.a.hedge.most',
    'takes a share above 0 and up to 1 such as 0.05',
  ],
  [
    task('{ models: [deepseek/x], resume: again }'),
    '2:45',
    'tasks.a.resume',
    'takes off or continue',
  ],
  ['tasks: { "a b": sim/small }', '1:10', 'tasks["a b"]', 'is no name for a task'],
  ['tasks: { a/: sim/small }', '1:10', 'tasks.a/', 'is no name for a task'],
  // Advice.
  [
    'economics: { advice: { weights: { nope: qwen3-32b } } }',
    '1:35',
    'economics.advice.weights.nope',
    'names no task',
  ],
  ['economics: { advice: maybe }', '1:22', 'economics.advice', 'takes true or false'],
  ['economics: { advice: { rent: 2.50 } }', '1:30', 'economics.advice.rent', 'write 2.50 USD'],
  // Keys.
  [
    'keys: { a: 0123456789abcdef }',
    '1:7',
    'keys',
    'takes a list of keys, and here stands a group of settings',
  ],
  [
    'keys:\n  - id: a\n',
    '2:5',
    'keys[0].secret',
    'is missing: it takes the key that the caller sends',
  ],
  ['keys: [{ secret: 0123456789abcdef }]', '1:8', 'keys[0].id', 'is missing'],
  [
    'keys: [{ id: a/b, secret: 0123456789abcdef }]',
    '1:14',
    'keys[0].id',
    'takes a name of letters',
  ],
  [
    'keys: [{ id: a, secret: 0123456789abcde }]',
    '1:25',
    'keys[0].secret',
    'needs 16 characters or more',
  ],
  [
    'keys: [{ id: a, secret: "0123456789 abcdef" }]',
    '1:25',
    'keys[0].secret',
    'no header can carry',
  ],
  [key('role: root'), '1:49', 'keys[0].role', 'takes caller, viewer or admin'],
  [key('role: admin, tasks: [sim/small]'), '1:56', 'keys[0].tasks', 'cannot hold for an admin'],
  [key('tasks: []'), '1:50', 'keys[0].tasks', 'an empty list names none'],
  [key('tasks:'), '1:43', 'keys[0].tasks', 'has no value: it takes a list of tasks'],
  [key('tasks: [nope]'), '1:51', 'keys[0].tasks[0]', 'is nope, and there is no such task'],
  [key('tasks: [sim/]'), '1:51', 'keys[0].tasks[0]', 'or sim/* for all of them'],
  [key('tasks: [simm/*]'), '1:51', 'keys[0].tasks[0]', 'Did you mean sim?'],
  [key('budget: { limit: 50, per: month }'), '1:60', 'keys[0].budget.limit', 'write 50 USD'],
  [
    key('budget: { limit: $50, per: month }'),
    '1:60',
    'keys[0].budget.limit',
    'takes an amount such as 50 USD',
  ],
  [
    key('budget: { limit: 10000000000000 USD, per: month }'),
    '1:60',
    'keys[0].budget.limit',
    'takes an amount such as 50 USD, not "10000000000000 USD".',
  ],
  [
    key('budget: { limit: 50 CNY, per: month }'),
    '1:60',
    'keys[0].budget.limit',
    'budgets are kept in USD',
  ],
  [
    key('budget: { limit: 50 USD }'),
    '1:43',
    'keys[0].budget.per',
    'is missing: it takes day, week, month or total',
  ],
  [key('budget: 50 USD'), '1:51', 'keys[0].budget', 'takes settings: limit, per'],
  [key('rate: { concurrent: 0 }'), '1:63', 'keys[0].rate.concurrent', 'a number of calls from 1'],
  [
    'keys:\n - { id: a, secret: 0123456789abcdef }\n - { id: b, secret: 0123456789abcdef }',
    '3:21',
    'keys[1].secret',
    'is the same as that of key a',
  ],
  // Customers, features, prices.
  [
    'customers: { acme: { limit: 5 } }',
    '1:22',
    'customers.acme.limit',
    'There is no setting limit here. There are: budget, rate.',
  ],
  ['customers: { "": {} }', '1:14', 'customers', 'A name has to stand here'],
  ['features: [a]', '1:11', 'features', 'takes features by name'],
  ['prices: { sim/x: { input: 1e-7 } }', '1:27', 'prices.sim/x.input', 'without an exponent'],
  [
    'prices: { sim/x: { input: -1 } }',
    '1:27',
    'prices.sim/x.input',
    'takes USD per million tokens',
  ],
  ['prices: { sim/x: { input: } }', '1:20', 'prices.sim/x.input', 'has no value'],
  ['prices: { sim/x: {} }', '1:11', 'prices.sim/x', 'names no price'],
  [
    'prices: { sim/x: { gpus: 2 } }',
    '1:11',
    'prices.sim/x',
    'needs gpus and usd_per_gpu_hour together',
  ],
  [
    'prices: { sim/x: { gpus: 2, usd_per_gpu_hour: 1, input: 1 } }',
    '1:11',
    'prices.sim/x',
    'both for tokens and for cards',
  ],
  ['prices: { x: { input: 1 } }', '1:11', 'prices.x', 'is no name for a model'],
] as const)('%s is refused at %s', (text, place, path, sentence) => {
  const all = issues(text)
  expect(all.map(({ line, column }) => `${line}:${column}`)).toEqual([place])
  expect(all[0]?.path).toBe(path)
  expect(all[0]?.sentence).toContain(sentence)
})

test('what came out of the environment, and what is secret, is not repeated', () => {
  const env = { ...keys, PORT: 'hunter2', KEY: 'hunter3', URL: 'hunter4' }
  const text =
    'server: { port: "${PORT}" }\nalarms: { webhook: "${URL}" }\nkeys: [{ id: a, secret: "${KEY}" }, { id: b, secret: hunter5 }]\nproviders: { deepseek: { api_key: hunter6 hunter7, base_url: "hunter8" } }\n'
  const printed = told(text, env).join('\n')
  expect(printed).toContain(
    'server.port takes a port from 0 to 65535, and what the environment gives is none.',
  )
  expect(printed).not.toContain('hunter')
})

test.each([
  ['keys: [{ id: a, secret:hunter2-hunter2-hunter2 }]', 'A colon and a blank'],
  ['keys: [{ id: a, secret hunter2-hunter2-hunter2 }]', 'A colon and a blank'],
  ['providers: { deepseek: { api_key=hunter2 } }', 'A colon and a blank'],
  ['alarms: { webhook:https://hooks.example/hunter2 }', 'A colon and a blank'],
  ['providers: { deepseek: { api_key: *hunter2 } }', 'A value that begins with * has to'],
  ['providers: { deepseek: { api_keys: [!hunter2] } }', 'A value that begins with ! has to'],
  ['providers: { deepseek: { headers: { x-team:hunter2 } } }', 'A colon and a blank'],
  ['providers: { deepseek: { api_key: "a${hunter2" } }', 'Something in it begins with ${'],
  ['keys: [{ id: a, secret: x } }, "hunter2"]', 'This is not YAML'],
  ['keys: |x hunter2\n', 'This is not YAML'],
])('a key that is written wrongly is not repeated: %s', (text, sentence) => {
  const printed = told(text, keys).join('\n')
  expect(printed).toContain(sentence)
  expect(printed).not.toContain('hunter')
})

test('a wrong entry is told once, and nobody complains that it is gone', () => {
  const text = `providers:
  deepseek: { data: nowhere }
  openai: {}
tasks:
  a: deepseek/x
  b: { models: [deepseek/x, openai/y], sticky: nobody }
keys:
  - { id: k, secret: 0123456789abcdef, tasks: [a, b, deepseek/x, "deepseek/*"] }
prices:
  deepseek/x: { input: 1 }
`
  expect(issues(text).map(({ path }) => path)).toEqual([
    'providers.deepseek.data',
    'tasks.b.sticky',
  ])
})

describe('what is meant', () => {
  test('a vendor under another name takes its keys, its catalog and its country', () => {
    const { snapshot } = load(
      'providers: { second: { type: deepseek } }\ntasks: { a: second/deepseek-v4-flash }',
    )
    const second = snapshot.providers.get('second')
    expect(second?.facts.id).toBe('deepseek')
    expect(second?.jurisdiction).toBe('CN')
    expect(second?.keys[0]?.reveal()).toBe('deepseek-key')
    expect(snapshot.catalog.find('second', 'deepseek-v4-flash', now)?.segment).not.toBeNull()
  })

  test("a base URL loses the slash at its end, and says that it is not the vendor's", () => {
    const { snapshot } = load('providers: { deepseek: { base_url: "http://127.0.0.1:9/v1/" } }')
    expect(snapshot.providers.get('deepseek')).toMatchObject({
      baseUrl: 'http://127.0.0.1:9/v1',
      baseUrlOverridden: true,
    })
  })

  test('what a provider is said to be goes before what the catalog says', () => {
    const { snapshot } = load(
      'providers: { deepseek: { api_keys: [a, b], data: no-training, jurisdiction: DE, timeouts: { connect: 1s }, headers: { X-Org: my org }, budget: { limit: 1 USD, per: total } } }\ntasks: { a: { models: [deepseek/x], data: no-training, not_in: [CN] } }',
    )
    const provider = snapshot.providers.get('deepseek')
    expect(provider).toMatchObject({
      data: 'no-training',
      jurisdiction: 'DE',
      timeouts: { connect: 1_000 },
      bounds: { budget: { limit: usd('1'), per: 'total' }, rate: null },
    })
    expect(provider?.keys.map((key) => key.reveal())).toEqual(['a', 'b'])
    expect(provider?.headers.get('x-org')?.reveal()).toBe('my org')
  })

  test('open weights are all who sell them, the cheapest first, and models named beside them stand behind', () => {
    const { snapshot } = load(
      'providers: { deepseek: {}, openai: {}, house: { type: vllm, base_url: "http://127.0.0.1:9/v1", jurisdiction: DE } }\nprices: { house/deepseek-v4-flash: { gpus: 1, usd_per_gpu_hour: 2 } }\ntasks: { a: { weights: DeepSeek-V4-Flash, models: [openai/gpt-4o] }, b: { weights: deepseek-v4-flash, policy: fixed, not_in: [CN] } }',
    )
    const named = (task: string) =>
      snapshot.tasks.get(task)!.candidates.map(({ provider, model }) => `${provider}/${model}`)
    expect(snapshot.tasks.get('a')!.policy).toBe('cheapest')
    expect(named('a')).toEqual([
      'deepseek/deepseek-v4-flash',
      'house/deepseek-v4-flash',
      'openai/gpt-4o',
    ])
    expect(snapshot.tasks.get('b')!.policy).toBe('fixed')
    expect(named('b')).toEqual(['house/deepseek-v4-flash'])
  })

  test('where a provider serves is what its address says, unless the file says it', () => {
    const { snapshot } = load(
      'providers: { deepseek: {}, ark: { api_key: ark-key }, far: { type: vllm, base_url: "https://vllm.eu-west-1.example.com/v1" }, near: { type: vllm, base_url: "http://127.0.0.1:9/v1", region: rack-3 } }',
    )
    const region = (id: string) => snapshot.providers.get(id)!.region
    expect(['deepseek', 'ark', 'far', 'near'].map(region)).toEqual([
      null,
      'cn-beijing',
      'eu-west-1',
      'rack-3',
    ])
  })

  test('a contract may have prices of its own for tiers of service', () => {
    const { snapshot } = load(
      'providers: { openai: {} }\nprices: { openai/gpt-5-mini: { input: 2, output: 4, modes: { batch: { input: 1, output: 2 } } } }',
    )
    const { model } = snapshot.catalog.find('openai', 'gpt-5-mini', now)!
    expect(model.prices.map(({ price }) => price.input)).toEqual([decimal('2')])
    expect(model.modes!['batch']).toMatchObject([{ id: 'own-batch', price: { input: '1' } }])
    // Those that the contract does not name are the catalog's.
    expect(model.modes!['flex']).toMatchObject([{ id: 'flex' }])
  })

  test('models that fall short of a demand are left out, with a warning', () => {
    const { snapshot, warnings } = load(
      'providers: { deepseek: {}, openai: {} }\ntasks: { a: { models: [deepseek/x, openai/gpt-4o], not_in: [CN] } }',
    )
    expect(snapshot.tasks.get('a')?.candidates).toMatchObject([{ provider: 'openai' }])
    expect(warnings).toContain(
      'tasks.a never asks deepseek/x has the jurisdiction CN: if that is wrong, set providers.deepseek.jurisdiction.',
    )
  })

  test('keys may call tasks, models and all models of a provider', () => {
    const { snapshot } = load(
      `${deepseek}tasks: { a/b: deepseek/x }\nkeys: [{ id: k, secret: 0123456789abcdef, tasks: [a/b, deepseek/y/z, "deepseek/*"] }]`,
    )
    expect(snapshot.keys[0]?.tasks).toEqual(new Set(['a/b', 'deepseek/y/z', 'deepseek/*']))
  })

  test('a list under the weighted policy has equal shares, and shares may be fractions', () => {
    const text =
      'tasks: { a: { policy: weighted, models: [sim/a, sim/b] }, b: { policy: weighted, models: { sim/a: 0.25, sim/b: "0.75" } } }'
    const { snapshot } = load(text)
    expect(snapshot.tasks.get('a')?.candidates.map(({ weight }) => weight)).toEqual([1, 1])
    expect(snapshot.tasks.get('b')?.candidates.map(({ weight }) => weight)).toEqual([0.25, 0.75])
  })

  test('prices are read as they are written, zeros and all', () => {
    const { snapshot } = load(
      'prices: { sim/x: { input: 0.10, output: "0.30", cache_read: 0, cache_write: 1.250, cache_write_1h: 2, reasoning: 3, audio_in: 4, audio_out: 5, search: 5000 } }',
    )
    expect(snapshot.catalog.find('sim', 'x', now)?.segment?.price as object).toEqual({
      input: '0.10',
      output: '0.30',
      cacheRead: '0',
      cacheWrite5m: '1.250',
      cacheWrite1h: '2',
      reasoning: '3',
      audioIn: '4',
      audioOut: '5',
      search: '5000',
    })
  })

  test('settings that are numbers may come from the environment', () => {
    const env = { ...keys, PORT: '5000', DRAIN: '5s', PRICE: '0.5', MODEL: 'sim/x', N: '7/s' }
    const { settings, snapshot } = load(
      'server: { port: "${PORT}", drain: "${DRAIN}" }\ntasks: { a: "${MODEL}" }\nprices: { sim/x: { input: "${PRICE}" } }\nfeatures: { f: { rate: { requests: "${N}" } } }',
      env,
    )
    expect(settings.server).toMatchObject({ port: 5000, drainMs: 5_000 })
    expect(snapshot.tasks.get('a')?.candidates[0]?.model).toBe('x')
    expect(snapshot.features.get('f')?.rate?.requests).toEqual({ count: 7, perMs: 1_000 })
  })

  test('names such as constructor are names', () => {
    const { snapshot } = load(
      'tasks: { constructor: sim/a, toString: sim/b }\ncustomers: { hasOwnProperty: {} }\nkeys: [{ id: constructor, secret: 0123456789abcdef, tasks: [toString] }]',
    )
    expect([...snapshot.tasks.keys()]).toEqual(['constructor', 'toString'])
    expect(snapshot.customers.has('hasOwnProperty')).toBe(true)
  })

  test('what may not be meant is warned of', () => {
    const { warnings } = load(`${deepseek}tasks:
  a: deepseek/nobody-knows-this
  deepseek/deepseek-v4-flash: deepseek/deepseek-v4-pro
  b: { models: [deepseek/deepseek-v4-pro], sticky: key }
prices:
  depseek/x: { input: 1 }
`)
    expect(warnings).toEqual([
      'prices.depseek/x is not used: no provider depseek is live. Did you mean deepseek?',
      'tasks.deepseek/deepseek-v4-flash has the name of a model, and hides it: a call of deepseek/deepseek-v4-flash is a call of the task.',
      'tasks.b.sticky does nothing under the fixed policy.',
      'tasks.a asks deepseek/nobody-knows-this, which has no price: what it costs will be unknown. Name it under prices.',
    ])
  })
})

describe('the hash', () => {
  const hash = (text: string, env: Env = keys) => load(text, env).snapshot.hash

  test('is 16 hex digits, and the same for the same meaning', () => {
    expect(hash(example, exampleEnv)).toMatch(/^[0-9a-f]{16}$/)
    const same = [
      'server: { port: 4000, host: 127.0.0.1 }\ntasks: { a: sim/a, b: sim/b }',
      '# comment\ntasks:\n  b: sim/b\n  a: { models: [sim/a] }\npayloads: redacted\n',
    ].map((text) => hash(text))
    expect(new Set(same).size).toBe(1)
  })

  test('is another for another meaning', () => {
    const others = [
      'tasks: { a: sim/a }',
      'tasks: { a: sim/b }',
      'tasks: { a: { models: [sim/a, sim/b] } }',
      'tasks: { a: { models: [sim/b, sim/a] } }',
      'tasks: { a: sim/a }\npayloads: none',
      'tasks: { a: sim/a }\nprices: { sim/a: { input: 1 } }',
      'tasks: { a: sim/a }\nprices: { sim/a: { input: 1.0 } }',
      key('role: caller'),
      key('role: viewer'),
      key('role: caller').replace('0123456789abcdef', '0123456789abcdeg'),
    ].map((text) => hash(text))
    expect(new Set(others).size).toBe(others.length)
    expect(hash(deepseek, { DEEPSEEK_API_KEY: 'a' })).not.toBe(
      hash(deepseek, { DEEPSEEK_API_KEY: 'b' }),
    )
  })
})

test('20,000 files with something changed in them are read or refused, and nothing else', () => {
  const good = `server: { port: 4000 }
providers:
  deepseek: &d { timeouts: { idle: 20s } }
  own: { type: openai-compatible, base_url: http://x/v1, <<: *d }
tasks:
  a: deepseek/x # one
  b: { policy: weighted, models: { own/y: 9, deepseek/x: 1 }, not_in: [US] }
keys:
  - { id: k, secret: "\${KEY}", tasks: [a, own/*], budget: { limit: 5 USD, per: day } }
prices: { own/y: { input: 0.15 } }
`
  const env = { ...keys, KEY: 'web-0123456789abcdef' }
  const signs = [
    ...' \n\t:,-{}[]&*!|>#\'"%@`?$<~0a/\\\u0000\ud800é',
    '${',
    '${KEY}',
    '<<: *d',
    '- ',
    '  ',
    ': ',
    '---\n',
    '\n- ',
    'null',
    '__proto__',
  ]
  const { next } = seeded(20_261_121)
  const below = (bound: number) => Math.floor(next() * bound)
  let refused = 0
  for (let round = 0; round < 20_000; round += 1) {
    let text = good
    for (let change = below(3); change >= 0; change -= 1) {
      const at = below(text.length)
      const from = below(text.length)
      const inserted = [signs[below(signs.length)]!, '', text.slice(from, from + below(40))][
        below(3)
      ]!
      text = text.slice(0, at) + inserted + text.slice(at + below(8))
    }
    const found = issues(text, env)
    if (found.length > 0) refused += 1
    for (const { line, column, sentence } of found) {
      if (!(line >= 1 && column >= 1) || !/^[^]*[.?}]$/.test(sentence)) {
        throw new Error(`${JSON.stringify(text)}: ${line}:${column} ${sentence}`)
      }
    }
  }
  expect(refused).toBeGreaterThan(10_000)
}, 120_000)
