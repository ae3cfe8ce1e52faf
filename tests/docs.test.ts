import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { Glob } from 'bun'
import { loadConfig } from '../src/config/load.ts'
import { systemClock } from '../src/core/clock.ts'
import { compatible, providers } from '../src/providers/index.ts'
import { startTown, type Town } from './journeys/town.ts'

/**
 * Every page does what it says: configurations load, calls are made, programs run, links lead
 * somewhere. The pages of the reference are held to the code by `scripts/docs.test.ts`.
 */
const root = join(import.meta.dir, '..')
const taught = ['README.md', ...new Glob('docs/guide/*.md').scanSync(root)].toSorted()
const pages = ['README.md', 'CHANGELOG.md', ...new Glob('docs/**/*.md').scanSync(root)].toSorted()
const blocks = taught.flatMap(blocksOf)

/** What the blocks call: the address that the pages name, and the tasks that they speak of. */
const address = 'http://127.0.0.1:4000'
const config = `
tasks:
  hello: sim/small
  flaky: { models: [sim/fault/http-503-empty, sim/small] }
`

/** Blocks that cannot be run here, by their first line, and why. */
const unrun: Readonly<Record<string, string>> = {
  'git clone REPOSITORY freehold   # the address of this repository':
    'its address is that of whoever publishes it; `npm start` is what tests/packaging.test.ts does',
  'npm test': 'this is it',
  'freehold doctor': 'it serves until it is stopped; the journeys start and stop a gateway',
  'docker build -t freehold .': 'it takes an engine for containers',
  'npm run sim -- --faults': 'it is run in the repository; see simulator/main.test.ts',
  'npm run sim -- --port 4100 --seed 7 --speed 0': 'it serves until it is stopped',
}

/** Blocks that want a folder in which nothing is yet. */
const afresh = new Set(['freehold init'])

describe.each(blocks.filter(({ language }) => language === 'yaml'))('$place', ({ text }) => {
  test('is a configuration that loads', () => {
    const loaded = loadConfig(
      { text, path: '/etc/freehold/freehold.yaml' },
      { env: environment(), providers, compatible, now: systemClock.now() },
    )
    expect('errors' in loaded ? loaded.errors : []).toEqual([])
  })
})

describe('against a gateway', () => {
  let town: Town
  let shelf: string
  const programs = join(import.meta.dir, `.blocks-${process.pid}`)

  beforeAll(async () => {
    town = await startTown({ config })
    // The command by its name, and as it is called in a clone.
    shelf = mkdtempSync(join(tmpdir(), 'freehold-docs-'))
    symlinkSync(join(root, 'bin', 'freehold'), join(shelf, 'freehold'))
    mkdirSync(join(town.folder, 'bin'))
    symlinkSync(join(root, 'bin', 'freehold'), join(town.folder, 'bin', 'freehold'))
    mkdirSync(programs)
  })
  afterAll(async () => {
    await town.close()
    rmSync(shelf, { recursive: true })
    rmSync(programs, { recursive: true })
  })

  async function run(command: readonly string[], folder: string): Promise<string> {
    const { PATH = '', HOME = '' } = process.env
    const child = Bun.spawn([...command], {
      cwd: folder,
      env: {
        PATH: `${shelf}:${PATH}`,
        HOME,
        FREEHOLD_URL: town.url,
        FREEHOLD_KEY: town.adminKey,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    if (code !== 0) throw new Error(`ended with ${code}: ${out}${err}`)
    return out
  }

  const shells = blocks.filter(
    ({ language, first }) => language === 'sh' && !Object.hasOwn(unrun, first),
  )
  test.each(shells)('$place works in a shell', async ({ text, first }) => {
    const folder = afresh.has(first) ? mkdtempSync(join(shelf, 'fresh-')) : town.folder
    // A curl that shows an error is no success: --fail-with-body says so, where an error is not the point.
    const failing = /fault/.test(text) ? '' : ' --fail-with-body'
    const script = text
      .replaceAll(address, town.url)
      .replaceAll(/^curl /gm, `curl -sS --max-time 20${failing} `)
    await run(['sh', '-euc', script], folder)
  })

  test('a stand-in answers as the guide says', async () => {
    const { text } = shells.find((block) => block.text.includes('"flaky"'))!
    const script = text.replaceAll(address, town.url).replaceAll(/^curl /gm, 'curl -sS ')
    const out = await run(['sh', '-euc', script], town.folder)
    expect(out).toContain('x-freehold-model: sim/small')
    expect(out).toContain('x-freehold-attempts: 2')
    expect(out).toContain('17 * 23 = 391')
  })

  test('faults of the simulator show as errors, in the middle of a stream too', async () => {
    const { text } = shells.find((block) => block.text.includes('close-mid-stream'))!
    const script = text.replaceAll(address, town.url).replaceAll(/^curl /gm, 'curl -sS ')
    const out = await run(['sh', '-euc', script], town.folder)
    expect(out).toContain('"code":"provider_rate_limited"')
    expect(out).toContain('"code":"provider_failed"')
    expect(out).not.toContain('[DONE]')
  })

  const codes = blocks.filter(({ language }) => language === 'ts')
  test.each(codes)('$place runs and says something', async ({ text, number, page }) => {
    const name = `${page.replaceAll(/\W/g, '-')}-${number}.ts`
    const file = join(programs, name)
    writeFileSync(file, text.replaceAll(address, town.url))
    const out = await run([process.execPath, '--no-env-file', file], programs)
    if (text.includes('console.log')) expect(out.trim()).not.toBe('')
    if (text.includes('17 * 23')) expect(out).toContain('391')
    if (text.includes('4 degrees')) expect(out).toContain('4 degrees and rain')
  })

  test('the programs have right types', () => {
    const project = {
      extends: relative(programs, join(root, 'tsconfig.json')),
      include: ['*.ts'],
    }
    // Each is a module of its own, also one that imports nothing.
    for (const name of readdirSync(programs))
      if (name.endsWith('.ts'))
        writeFileSync(
          join(programs, name),
          `${readFileSync(join(programs, name), 'utf8')}\nexport {}\n`,
        )
    writeFileSync(join(programs, 'tsconfig.json'), JSON.stringify(project))
    const { stdout } = Bun.spawnSync([join(root, 'node_modules/.bin/tsc'), '-p', programs])
    expect(stdout.toString()).toBe('')
  })
})

test('every block is yaml, sh or ts, or is marked as text or json', () => {
  const others = blocks.filter(({ language }) => !/^(yaml|sh|ts|text|json)$/.test(language))
  expect(others.map(({ place }) => place)).toEqual([])
})

test('a block that is not run is in the pages', () => {
  const known = new Set(blocks.map(({ first }) => first))
  expect([...Object.keys(unrun), ...afresh].filter((first) => !known.has(first))).toEqual([])
})

test.each(pages)('%s links to what is there', (page) => {
  const broken = linksOf(read(page)).filter((link) => !leadsSomewhere(page, link))
  expect(broken).toEqual([])
})

test('the table of rooms is that of the house test', () => {
  const rooms = /const rooms[^{]*\{([\s\S]*?)\n\}/.exec(read('tests/house.test.ts'))![1]!
  const inTest = [...rooms.matchAll(/'([^']+)': \[([^\]]*)\]/g)].map(
    ([, room, open]) =>
      [room!, [...open!.matchAll(/'([^']+)'/g)].map((match) => match[1]!)] as const,
  )
  const section = read('docs/house.md').split('## Who may import whom')[1]!.split('\n- ')[0]!
  const inPage = [...section.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(
    ([, room, open]) =>
      [room!, [...open!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)] as const,
  )
  expect(inPage).toEqual(inTest)
})

test('every file and folder that the house and the style name is there', () => {
  const named = ['docs/house.md', 'docs/style.md', 'docs/decisions/*.md']
    .flatMap((pattern) => [...new Glob(pattern).scanSync(root)])
    .flatMap((page) =>
      [...read(page).matchAll(/`((?:src|simulator|scripts|tests|docs|bench|bin)\/[^`*]*)`/g)].map(
        ([, path]) => [page, path!] as const,
      ),
    )
  const missing = named.filter(
    // A name in capitals stands for any, and `src/stats/` is planned for.
    ([, path]) => !/[A-Z]{3}/.test(path) && path !== 'src/stats/' && !existsSync(join(root, path)),
  )
  expect(missing).toEqual([])
})

test('every alarm is in the guide, and no other', () => {
  const source = read('src/alarms/alarms.ts')
  const kinds = /const alarmKinds = \{([\s\S]*?)\n\}/.exec(source)![1]!
  const inCode = [...kinds.matchAll(/(\w+): '(\w+)'/g)].map(([, kind, severity]) => [
    kind,
    severity,
  ])
  const rows = read('docs/guide/operate.md').matchAll(
    /^\| `(\w+)` \| (notice|warning|critical) \|/gm,
  )
  expect([...rows].map(([, kind, severity]) => [kind, severity])).toEqual(inCode)
})

test('the limits of time are those of the code', () => {
  const code = read('src/gateway/pipeline/request.ts')
  expect(code).toContain('const connectMs = 2_000')
  expect(code).toContain('const totalMs = 600_000')
  expect(code).toContain('const streamMs = 30_000')
  const health = read('src/gateway/health/health.ts')
  for (const constant of [
    'failuresToOpen = 5',
    'openMs = 10_000',
    'openMsMax = 300_000',
    'rateMs = 2_000',
    'keyMs = 60_000',
    'keyMsMax = 3_600_000',
    'accountMs = 3_600_000',
  ])
    expect(health).toContain(constant)
})

interface Block {
  readonly page: string
  /** From 1. */
  readonly number: number
  readonly place: string
  readonly language: string
  readonly text: string
  readonly first: string
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function blocksOf(page: string): Block[] {
  const text = read(page)
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match, index) => {
    const [, language = '', inner = ''] = match
    const line = text.slice(0, match.index).split('\n').length
    return {
      page,
      number: index + 1,
      place: `${page}:${line}`,
      language,
      text: inner,
      first: inner.split('\n')[0]!,
    }
  })
}

/** Whatever a page may name: keys of vendors, and secrets of its own. */
function environment(): Readonly<Record<string, string>> {
  const vendors = [...providers.values()].flatMap(({ keyNames }) => keyNames)
  const names = [...vendors, 'WEB_KEY', 'ADMIN_KEY', 'LAB_KEY']
  return {
    ...Object.fromEntries(names.map((name) => [name, `${name.toLowerCase()}-0123456789`])),
    ALARM_URL: 'https://hooks.example/T0/B0',
  }
}

function linksOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map((match) => match[1]!)
}

function leadsSomewhere(page: string, link: string): boolean {
  if (/^https?:/.test(link)) return true
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(root, target))) return false
  if (anchor === undefined) return true
  return !statSync(join(root, target)).isDirectory() && anchorsOf(read(target)).has(anchor)
}

/** As GitHub makes them from headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '')
  return new Set(
    [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
