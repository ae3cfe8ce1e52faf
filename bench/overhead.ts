// What a plain call costs in the gateway, beside nginx as a bare proxy in the same run: CPU of the whole
// process per call at 64 connections, and latency added with one caller. Everything is on: key, rate,
// budget hold, price, ledger row in SQLite, payloads redacted.
//   npm run bench:overhead -- [--rounds 5] [--calls 20000]
import { parseArgs } from 'node:util'
import {
  answers,
  cpuUs,
  load,
  type LoadOptions,
  median,
  otherCore,
  portOf,
  quantile,
  residentMb,
  scratch,
  startFreehold,
  startNginx,
  testedCore,
  writeResult,
} from './harness.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    calls: { type: 'string', default: '20000' },
    payloads: { type: 'string', default: 'redacted' },
  },
})
const rounds = Number(values.rounds)
const calls = Number(values.calls)

const key = 'bench-secret-0123456789'
const answer = JSON.stringify({
  id: 'chatcmpl-123',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'large',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Three hundred and ninety-one, which is seventeen times twenty-three.',
        refusal: null,
      },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 42,
    completion_tokens: 17,
    total_tokens: 59,
    prompt_tokens_details: { cached_tokens: 0 },
  },
})
const body = JSON.stringify({
  model: 'support',
  messages: [
    {
      role: 'system',
      content: 'You answer questions of customers, briefly and with the figures they ask for.',
    },
    {
      role: 'user',
      content:
        'How many seats do seventeen tables with twenty-three chairs each make? Give me the number first.',
    },
  ],
  temperature: 0.2,
  max_tokens: 200,
})

const place = scratch()
const vendorPort = await portOf()
const proxyPort = await portOf()
const path = '/v1/chat/completions'
const vendor = await startNginx(
  place,
  'vendor',
  otherCore,
  `listen ${vendorPort}; location / { default_type application/json; return 200 '${answer.replaceAll("'", '')}'; }`,
)
const proxy = await startNginx(
  place,
  'proxy',
  testedCore,
  `listen ${proxyPort}; location / { proxy_pass http://vendor; proxy_http_version 1.1; proxy_set_header Connection ''; }`,
  `upstream vendor { server 127.0.0.1:${vendorPort}; keepalive 256; keepalive_requests 10000000; }`,
)
const freehold = await startFreehold(
  place,
  `
payloads: ${values.payloads}
providers:
  acme: { type: openai-compatible, base_url: 'http://127.0.0.1:${vendorPort}/v1', api_key: acme-key-0123456789 }
tasks:
  support: acme/large
keys:
  - { id: web, secret: ${key}, tasks: [support], budget: { limit: 100000 USD, per: month }, rate: { requests: 100000000/min } }
prices:
  acme/large: { input: 0.15, output: 0.60, cache_read: 0.015 }
`,
  testedCore,
)

const subjects = {
  direct: { url: `http://127.0.0.1:${vendorPort}${path}`, pid: null },
  nginx: { url: `http://127.0.0.1:${proxyPort}${path}`, pid: proxy.pid },
  freehold: { url: `${freehold.url}${path}`, pid: freehold.pid },
}
type Subject = keyof typeof subjects
const names = Object.keys(subjects) as Subject[]
const of = (subject: Subject, connections: number, requests: number): LoadOptions => ({
  url: subjects[subject].url,
  headers: { authorization: `Bearer ${key}` },
  body,
  connections,
  requests,
})

try {
  for (const name of names) await answers(subjects[name].url)
  for (const name of names) await load(of(name, 64, Math.min(calls, 10_000))) // warm

  const cpu: Record<Subject, number[]> = { direct: [], nginx: [], freehold: [] }
  const pace: Record<Subject, number[]> = { direct: [], nginx: [], freehold: [] }
  const p50: Record<Subject, number[]> = { direct: [], nginx: [], freehold: [] }
  const p99: Record<Subject, number[]> = { direct: [], nginx: [], freehold: [] }
  let failed = 0
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const { pid } = subjects[name]
      const before = pid === null ? 0 : cpuUs(pid)
      const result = await load(of(name, 64, calls))
      await Bun.sleep(1_000) // the ledger's thread finishes what these calls gave it to do
      if (pid !== null) cpu[name].push((cpuUs(pid) - before) / result.calls)
      pace[name].push(result.calls / result.seconds)
      failed += result.failed
    }
    for (const name of names) {
      const { latenciesUs, failed: lost } = await load(of(name, 1, Math.max(1_000, calls / 10)))
      p50[name].push(quantile(latenciesUs, 0.5))
      p99[name].push(quantile(latenciesUs, 0.99))
      failed += lost
    }
    process.stderr.write(`round ${round + 1} of ${rounds}\n`)
  }
  const ratios = cpu.freehold.map((each, round) => each / cpu.nginx[round]!)
  const added = (list: Record<Subject, number[]>, name: Subject): number =>
    median(list[name].map((each, round) => each - list.direct[round]!))
  const figures = {
    conditions: {
      rounds,
      calls_per_round: calls,
      connections: 64,
      request_bytes: Buffer.byteLength(body),
      answer_bytes: Buffer.byteLength(answer),
      pinned: 'the process under test on one core, load and vendor on the other',
      on: `key, task, rate, budget hold, price, journal, ledger row in SQLite, roll-up, payloads ${values.payloads}`,
    },
    failed,
    cpu_us_per_call: { nginx: round1(median(cpu.nginx)), freehold: round1(median(cpu.freehold)) },
    cpu_ratio_to_nginx: {
      median: round2(median(ratios)),
      least: round2(Math.min(...ratios)),
      most: round2(Math.max(...ratios)),
    },
    calls_per_second: {
      nginx: Math.round(median(pace.nginx)),
      freehold: Math.round(median(pace.freehold)),
    },
    one_caller_added_us: {
      nginx: { p50: Math.round(added(p50, 'nginx')), p99: Math.round(added(p99, 'nginx')) },
      freehold: {
        p50: Math.round(added(p50, 'freehold')),
        p99: Math.round(added(p99, 'freehold')),
      },
    },
    resident_mb_after: Math.round(residentMb(freehold.pid)),
  }
  const file = writeResult(
    values.payloads === 'redacted' ? 'overhead' : `overhead-payloads-${values.payloads}`,
    figures,
  )
  console.log(JSON.stringify(figures, null, 2))
  console.log(`written to ${file}`)
} finally {
  await freehold.end()
  await proxy.end()
  await vendor.end()
  place.remove()
}

function round1(value: number): number {
  return Math.round(value * 10) / 10
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}
