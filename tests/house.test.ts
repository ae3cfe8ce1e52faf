import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Glob } from 'bun'

/** 'Who may import whom' of docs/house.md as data: a room, and how the paths it may import begin. */
const rooms: Record<string, readonly string[]> = {
  'src/core/': [],
  'src/stats/': ['src/core/'],
  'src/privacy/': ['src/core/'],
  'src/dialects/': ['src/core/'],
  'src/catalog/': ['src/core/'],
  'src/store/': ['src/core/'],
  'src/providers/': ['src/core/', 'src/dialects/'],
  'src/routing/': ['src/core/', 'src/stats/', 'src/catalog/'],
  'src/alarms/': ['src/core/', 'src/store/'],
  'src/gateway/upstream/': ['src/core/', 'src/dialects/', 'src/providers/'],
  'src/gateway/health/': ['src/core/', 'src/stats/'],
  'src/gateway/limits/': ['src/core/', 'src/store/'],
  'src/gateway/experiments/': [
    'src/core/',
    'src/stats/',
    'src/routing/',
    'src/store/',
    'src/alarms/',
  ],
  'src/gateway/vault/': ['src/core/', 'src/dialects/', 'src/store/'],
  'src/gateway/emulate/': ['src/core/', 'src/dialects/'],
  'src/gateway/pipeline/': [
    'src/core/',
    'src/privacy/',
    'src/dialects/',
    'src/catalog/',
    'src/providers/',
    'src/routing/',
    'src/store/',
    'src/alarms/',
    'src/gateway/',
  ],
  'src/conformance/': ['src/core/', 'src/dialects/', 'src/providers/', 'src/gateway/upstream/'],
  'src/gateway/objects/': [
    'src/core/',
    'src/dialects/',
    'src/providers/',
    'src/store/',
    'src/gateway/',
  ],
  'src/control/evals/': ['src/core/', 'src/stats/', 'src/catalog/', 'src/routing/', 'src/store/'],
  'src/control/analytics/': [
    'src/core/',
    'src/stats/',
    'src/catalog/',
    'src/routing/',
    'src/store/',
  ],
  'src/control/economics/': [
    'src/core/',
    'src/stats/',
    'src/catalog/',
    'src/routing/',
    'src/store/',
    'src/control/analytics/',
    'src/control/evals/',
  ],
  'src/control/replay/': [
    'src/core/',
    'src/stats/',
    'src/catalog/',
    'src/routing/',
    'src/control/economics/',
  ],
  'src/control/drill/': [
    'src/core/',
    'src/catalog/',
    'src/store/',
    'src/stats/',
    'src/control/economics/',
    'src/control/replay/',
  ],
  'src/control/exports/': ['src/core/', 'src/catalog/', 'src/store/', 'src/control/economics/'],
  'src/config/': [
    'src/core/',
    'src/catalog/',
    'src/providers/',
    'src/routing/',
    'src/store/',
    'src/gateway/',
  ],
  'src/server/': [
    'src/core/',
    'src/dialects/',
    'src/catalog/',
    'src/config/',
    'src/store/',
    'src/alarms/',
    'src/gateway/pipeline/',
    'src/gateway/experiments/',
    'src/gateway/objects/',
    'src/control/analytics/',
    'src/control/economics/',
    'src/control/drill/',
  ],
  'src/threads/': [
    'src/core/',
    'src/privacy/',
    'src/catalog/',
    'src/store/',
    'src/control/economics/',
    'src/compose/workers/',
    'web/',
  ],
  'src/cli/': [
    'src/core/',
    'src/catalog/',
    'src/config/',
    'src/conformance/',
    'src/dialects/',
    'src/providers/',
    'src/routing/',
    'src/server/',
    'src/store/address.ts',
    'src/control/',
    'src/compose/',
  ],
  'simulator/': [],
  'web/': [
    'src/server/contract/',
    'src/server/prices-json.ts',
    'src/control/exports/focus.ts',
    'src/control/economics/charge-line.ts',
    'src/core/money.ts',
  ],
}

/** Where everything is built knows all rooms; it starts the threads by address and never touches the command line. */
const doors: Record<string, (to: string) => boolean> = {
  'src/compose/': (to) => !to.startsWith('src/cli/') && to !== 'src/main.ts',
  'src/main.ts': (to) => to.startsWith('src/cli/'),
}

/** Libraries and modules of the runtime that reach the world, and the only places that import them. */
const keepers: Record<string, readonly string[]> = {
  'bun:sqlite': ['src/store/sqlite/'],
  'node:fs': ['src/store/', 'src/config/', 'src/cli/', 'src/compose/', 'src/threads/'],
  'node:fs/promises': ['src/store/', 'src/config/', 'src/cli/', 'src/compose/', 'src/threads/'],
  'node:net': [],
  'node:http': [],
  react: ['web/'],
  'react-dom': ['web/'],
  'react-dom/client': ['web/'],
  uplot: ['web/'],
  zod: ['src/config/'],
  yaml: ['src/config/', 'src/control/evals/reading/'],
}

/** Rooms of the ground floor: data and functions, without socket, file, clock or chance. */
const pure = [
  'src/core/',
  'src/stats/',
  'src/privacy/',
  'src/dialects/',
  'src/catalog/',
  'src/providers/',
  'src/routing/',
]
const impure = /\bfetch\(|\bDate\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|Bun\.serve\(/
/** Where the ground floor's own interfaces to clock and chance are made. */
const sources = new Set(['src/core/clock.ts', 'src/core/random.ts', 'src/core/ids.ts'])

const files = [...new Glob('{src,web,simulator}/**/*.{ts,tsx}').scanSync()].filter(isShipped)
const imports = new Map(files.map((file) => [file, importsOf(file)]))
const pairs = [...imports].flatMap(([from, tos]) => tos.map((to) => [from, to] as const))
const paths = pairs.filter(([, to]) => /^(?:src|simulator|web)\//.test(to))

test('every file has a room, except the few at the door', () => {
  expect(files.filter((file) => !roomOf(file) && !doorOf(file))).toEqual([])
})

test('imports go down the house', () => {
  const trespasses = paths.filter(([from, to]) => {
    const door = doorOf(from)
    if (door) return !door(to)
    const room = roomOf(from)
    return room && !to.startsWith(room) && !rooms[room]!.some((open) => to.startsWith(open))
  })
  expect(trespasses).toEqual([])
})

test('every relative import names a file that exists', () => {
  expect(paths.filter(([, to]) => !existsSync(to))).toEqual([])
})

test('neighbours in dialects and store do not know each other', () => {
  const flat = (file: string) => /^src\/(?:dialects|store)\/([^/]+)\//.exec(file)?.[1]
  const visits = paths.filter(([from, to]) => flat(from) && flat(to) && flat(from) !== flat(to))
  expect(visits).toEqual([])
})

test('what reaches the world is imported by its keepers only', () => {
  const strays = pairs.filter(([from, to]) => {
    const open = keepers[to]
    return from.startsWith('src/') && open && !open.some((place) => from.startsWith(place))
  })
  expect(strays).toEqual([])
})

test('the ground floor is pure', () => {
  const ground = files.filter((file) => pure.some((room) => file.startsWith(room)))
  const reaching = ground.filter((file) => !sources.has(file) && impure.test(codeOf(file)))
  expect(reaching).toEqual([])
})

test('no file reaches itself by a detour', () => {
  expect(files.filter((file) => reaches(file))).toEqual([])
})

test('the test sees every way to import', () => {
  const seen = importsIn(
    `import type { A } from './a.ts'
     export * from './b.ts'
     import './c.ts'
     const d = await import('./d.ts')
     new Worker(new URL('./e.ts', import.meta.url))
     import zod from 'zod'`,
    'src/core/x.ts',
  )
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `src/core/${name}.ts`).concat('zod'))
})

function isShipped(file: string): boolean {
  return !/\.(test|suite)\.tsx?$/.test(file) && !file.startsWith('src/testing/')
}

function doorOf(file: string) {
  const place = Object.keys(doors).find((begin) => file.startsWith(begin))
  return place === undefined ? undefined : doors[place]
}

function roomOf(file: string): string | undefined {
  return Object.keys(rooms).find((room) => file.startsWith(room))
}

function importsOf(file: string): string[] {
  return importsIn(readFileSync(file, 'utf8'), file)
}

function importsIn(code: string, file: string): string[] {
  const named = code.matchAll(
    /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'|new URL\(\s*'([^']+)',\s*import\.meta\.url/g,
  )
  return [...named].map((match) => {
    const path = (match[1] ?? match[2])!
    return path.startsWith('.') ? join(dirname(file), path) : path
  })
}

/** The code without its comments, so that a docstring may name what the code must not call. */
function codeOf(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')
}

function reaches(goal: string): boolean {
  const seen = new Set<string>()
  const queue = [...(imports.get(goal) ?? [])]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (next === goal) return true
    if (seen.has(next)) continue
    seen.add(next)
    queue.push(...(imports.get(next) ?? []))
  }
  return false
}
