import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadCore, testedCore } from '../harness/cores.ts'
import { bytesIn, cpuUs } from '../harness/proc.ts'
import { firstLine, type Spawned, start } from '../harness/processes.ts'
import type { Scene } from '../harness/scene.ts'
import { median } from '../harness.ts'
import { buildEconomics, traffic } from './economics-store.ts'
import { atMost, type Figure, figureOf, type Measure, type Row } from './measure.ts'

const executable = join(import.meta.dir, '..', '..', 'bin', 'freehold')
const [flash = ''] = traffic.models

/** What a page asks for, and what one look at it may take. */
const pages: readonly string[] = [
  '/api/costs?by=day,task&since=30d',
  '/api/costs?by=model&since=30d',
  '/api/costs?by=customer&since=30d',
  '/api/costs?by=hour&since=30d',
  '/api/margin',
  '/api/margin?by=feature',
  '/api/margin?by=cohort',
  '/api/concentration',
  '/api/whatif?shock=deepseek=%2B50%25',
  '/api/whatif?shock=deepseek:output=%2B50%25',
  `/api/whatif?price=${flash}=0.5/1`,
  '/api/whatif?credit=deepseek=500',
  '/api/whatif?event=deepseek-summer-2026',
  '/api/performance?by=model',
  '/api/performance?by=day,model',
  '/api/performance?by=hour,model',
  '/api/benchmark',
  '/api/prices',
  `/api/prices/card?model=${encodeURIComponent(flash)}`,
]

/** As somebody types them. Those behind `--version` ask the gateway. */
const commands: readonly (readonly string[])[] = [
  ['--version'],
  ['costs'],
  ['costs', '--by', 'day,task'],
  ['margin'],
  ['margin', '--by', 'feature'],
  ['margin', 'concentration'],
  ['whatif', '--shock', 'deepseek=+50%'],
  ['whatif', '--event', 'deepseek-summer-2026'],
  ['models'],
  ['models', '--measured'],
  ['prices'],
  ['prices', 'show', flash],
  ['drill', '--deprecations'],
  ['drill', '--leave', 'deepseek'],
  ['breakeven', '--scenario', 'growth'],
  ['logs'],
]

/** Reads all calls there are: another goal. */
const replay = ['replay', '--dry', '--since', '31d', '--on', traffic.models.join(',')]

const pageGoalMs = 200
const replayGoalMs = 10_000
const config = `
store: ./data
providers:
  sim: {}
  deepseek: { api_key: nobody-is-asked-0123456789 }
  openai: { api_key: nobody-is-asked-0123456789 }
tasks:
${traffic.tasks.map((task) => `  ${task}: { models: [${traffic.models.join(', ')}] }\n`).join('')}
economics:
  payment_share: 0.029
  payment_fixed: 0.30 USD
  servers: 900 USD
  people: 24000 USD
  cash: 400000 USD
`

/** Milliseconds, each over all rounds. */
interface Taken {
  readonly what: string
  readonly wall: readonly number[]
  /** Of the gateway, all its threads; kernels count it in hundredths of a second, so it is a mean. */
  readonly gatewayCpu: number
  /** When nobody had asked before; null for a command. */
  readonly first: number | null
  /** Of the command itself; null for a page, which is asked over HTTP. */
  readonly commandCpu: number | null
}

export const economics: Measure = {
  says: 'pages and commands of economics over a large ledger',
  seconds: [120, 25],
  run: async (scene) => {
    const size = scene.quick
      ? { calls: 3_000_000, rows: 100_000 }
      : { calls: 30_000_000, rows: 1_000_000 }
    const folder = scene.scratch.sub('economics')
    const data = scene.scratch.sub(join('economics', 'data'))
    const built = buildEconomics(data, size)
    const file = scene.scratch.file(join('economics', 'freehold.yaml'), config)
    scene.tell('the store is built')
    const gateway = start(['sh', executable, 'serve', '--json', '--port', '0', '--config', file], {
      core: testedCore,
      cwd: folder,
      stdout: 'pipe',
    })
    try {
      const { url } = JSON.parse(await firstLine(gateway)) as { url: string }
      const key = readFileSync(join(data, 'admin.key'), 'utf8').trim()
      const asked: Taken[] = []
      for (const path of pages) asked.push(await askedPage(scene, gateway, { url, key, path }))
      scene.tell(`${pages.length} pages are asked`)
      const typed: Taken[] = []
      for (const words of commands)
        typed.push(await typedCommand(gateway, words, { file, rounds: scene.quick ? 3 : 7 }))
      scene.tell(`${commands.length} commands are run`)
      const replayed = await typedCommand(gateway, replay, { file, rounds: scene.quick ? 1 : 3 })
      return {
        conditions: {
          ...size,
          ...built,
          store:
            'built synthetically: roll-ups and rows are written by SQL, alike and evenly spread over 30 days; two payments of each of 100 customers',
          store_mb: Math.round(bytesIn(data) / 1e6),
          warm: 'each page was asked once before; hours that are over are kept by the ledger’s thread until something is added to them, and first_ms is without',
          wall: 'from the question to the whole answer; of a command from its start to its end, so with the start of Bun and of its own modules, which --version shows alone',
          cpu_ms: Object.fromEntries(
            [...asked, ...typed, replayed].map(({ what, gatewayCpu, commandCpu }) => [
              what,
              { gateway: gatewayCpu, ...(commandCpu === null ? {} : { command: commandCpu }) },
            ]),
          ),
          first_ms: Object.fromEntries(asked.map(({ what, first }) => [what, first])),
        },
        rows: [
          slowest('the slowest page of economics', asked, pageGoalMs),
          ...asked.map((taken) => rowOf(taken, null)),
          slowest('the slowest command of economics', typed, pageGoalMs),
          ...typed.map((taken) => rowOf(taken, null)),
          rowOf(replayed, replayGoalMs),
        ],
      }
    } finally {
      await gateway.end()
    }
  },
}

/** Each of them has to be as quick: the one that is not stands among the goals. */
function slowest(name: string, taken: readonly Taken[], goalMs: number): Row {
  const [most] = taken.toSorted((left, right) => median(right.wall) - median(left.wall))
  return { ...rowOf(most!, goalMs), what: `${name}: ${most!.what}` }
}

function rowOf({ what, wall }: Taken, goalMs: number | null): Row {
  const freehold: Figure | null = figureOf(wall)
  return {
    what: goalMs === null ? `  ${what}` : what,
    unit: 'ms',
    goal: goalMs === null ? null : `<= ${goalMs.toLocaleString('en-US')}`,
    holds: goalMs === null ? null : atMost(freehold, goalMs),
    figures: { freehold },
    ratio: null,
  }
}

/** Once to warm it, then round by round. */
async function askedPage(
  scene: Scene,
  gateway: Spawned,
  { url, key, path }: { readonly url: string; readonly key: string; readonly path: string },
): Promise<Taken> {
  const rounds = scene.quick ? 5 : 15
  const wall: number[] = []
  let [cpu, first] = [0, 0]
  for (let round = -1; round < rounds; round += 1) {
    if (round === 0) cpu = cpuUs(gateway.pid)
    const began = performance.now()
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${key}` } })
    const text = await response.text()
    const ms = performance.now() - began
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    if (round >= 0) wall.push(ms)
    else first = ms
  }
  return {
    what: decodeURIComponent(path),
    wall,
    first: tenth(first),
    gatewayCpu: tenth((cpuUs(gateway.pid) - cpu) / 1_000 / rounds),
    commandCpu: null,
  }
}

async function typedCommand(
  gateway: Spawned,
  words: readonly string[],
  { file, rounds }: { readonly file: string; readonly rounds: number },
): Promise<Taken> {
  const wall: number[] = []
  const own: number[] = []
  const before = cpuUs(gateway.pid)
  const named = words[0]?.startsWith('-') === true ? words : [...words, '--config', file]
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now()
    const run = start(['sh', executable, ...named], {
      core: loadCore,
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const text = await new Response(run.child.stdout as ReadableStream).text()
    const code = await run.child.exited
    wall.push(performance.now() - began)
    if (code !== 0) {
      const says = await new Response(run.child.stderr as ReadableStream).text()
      throw new Error(`freehold ${words.join(' ')} ended with ${code}: ${says || text}`)
    }
    const { user, system } = run.child.resourceUsage()!.cpuTime
    own.push(Number(user + system) / 1_000)
  }
  return {
    what: `freehold ${words.join(' ')}`,
    wall,
    first: null,
    gatewayCpu: tenth((cpuUs(gateway.pid) - before) / 1_000 / rounds),
    commandCpu: tenth(median(own)),
  }
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}
