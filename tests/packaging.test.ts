import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { version } from '../package.json'

/** The package as people get it: packed, installed in folders of all kinds, started through links. */
const root = join(import.meta.dir, '..')
const scratch = mkdtempSync(join(tmpdir(), 'freehold-package-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const packed = pack()
const registry = await registryAnswers()
if (!registry) {
  console.log(
    'The registry of npm cannot be reached: the package is not installed, only looked at.',
  )
}

test('what is published is what is needed, and nothing else', () => {
  const names = packed.files.map(({ path }) => path)
  for (const needed of [
    'package.json', // src/server/version.ts reads it
    'LICENSE',
    'README.md',
    'bin/freehold',
    'bin/find-bun.sh',
    'bin/runtime.sh',
    'bin/build.ts', // an image for containers is built with it
    'dist/src/main.js',
    'dist/src/threads/ledger.js',
    'dist/simulator/worker.js',
    'src/main.ts',
    'src/threads/ledger.ts',
    'src/threads/verify.ts',
    'web/main.tsx',
    'web/styles/base.css',
    'src/catalog/data/deepseek.json',
    'simulator/worker.ts',
    'freehold.schema.json',
  ])
    expect(names).toContain(needed)
  const strange = names.filter(
    (name) =>
      !/^(bin|dist|src|simulator|web)\/|^[A-Z]+(\.md)?$|^package\.json$|\.schema\.json$/.test(name),
  )
  expect(strange).toEqual([])
  expect(names.filter((name) => /\.(test|suite)\.ts$|\/testing\//.test(name))).toEqual([])
})

test('an image for containers is made of the same, and the lock file', () => {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  const letIn = lines.flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  // What is built is built in the image.
  const published = files.filter((name) => !/^!|\.md$|^dist$/.test(name))
  expect(letIn.toSorted()).toEqual(
    [...published, 'LICENSE', 'README.md', 'package.json', 'package-lock.json'].toSorted(),
  )
})

const ways = [
  { folder: 'plain', flags: [] },
  { folder: 'a path with spaces', flags: ['--ignore-scripts'] },
] as const

describe.skipIf(!registry).each(ways)('installed in $folder with $flags', ({ folder, flags }) => {
  const home = join(scratch, folder)
  const command = join(home, 'node_modules', '.bin', 'freehold')

  beforeAll(async () => {
    mkdirSync(home)
    writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
    const { code, text } = await run(
      ['npm', 'install', ...quiet, ...flags, join(scratch, packed.filename)],
      home,
    )
    if (code !== 0) throw new Error(`npm install ended with ${code}: ${text}`)
  }, 120_000)

  test('it says its version', async () => {
    expect(await run([command, '--version'], home)).toEqual({ code: 0, text: `${version}\n` })
  })

  test('it serves, and answers a call', async () => {
    expect(await firstAnswer(command, home)).toContain('17 * 23 = 391')
  }, 30_000)

  test('its dashboard is made of what is installed, and comes whole', async () => {
    const page = await dashboardOf(command, home)
    expect(page).toContain('<div id="app">')
  }, 30_000)

  test('what was built is run', async () => {
    expect(await ranBy(command, home)).toContain('/dist/src/main.js')
  })

  test('it is found through a link to a link', async () => {
    const links = join(scratch, `links to ${folder}`)
    mkdirSync(links)
    symlinkSync(command, join(links, 'first'))
    symlinkSync('first', join(links, 'second'))
    expect(await run([join(links, 'second'), '--version'], scratch)).toMatchObject({ code: 0 })
  })
})

test('a working copy runs what was built of it until a source is newer', async () => {
  const copy = join(scratch, 'copy')
  for (const folder of ['bin', 'src', 'simulator', 'web', 'dist', 'package.json']) {
    cpSync(join(root, folder), join(copy, folder), { recursive: true, preserveTimestamps: true })
  }
  mkdirSync(join(copy, 'tests'))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const command = join(copy, 'bin', 'freehold')
  const built = (): Promise<unknown> => run(['sh', 'bin/bun', 'bin/build.ts', '--stale'], copy)
  await built()
  expect(await ranBy(command, copy)).toContain('/dist/src/main.js')
  const source = join(copy, 'src', 'main.ts')
  const later = Date.now() / 1_000 + 2
  utimesSync(source, later, later)
  expect(await ranBy(command, copy)).toContain('/src/main.ts')
  // Of sources that cannot be built nothing is built, and what was there is left.
  writeFileSync(source, 'import {')
  utimesSync(source, later, later)
  expect(await built()).toMatchObject({ code: 0 })
  expect(existsSync(join(copy, 'dist', 'src', 'main.js'))).toBe(true)
}, 30_000)

test('a clone works through the links that npm link makes', async () => {
  const modules = join(scratch, 'lib', 'node_modules')
  mkdirSync(modules, { recursive: true })
  mkdirSync(join(scratch, 'bin'))
  symlinkSync(root, join(modules, 'freehold'))
  symlinkSync('../lib/node_modules/freehold/bin/freehold', join(scratch, 'bin', 'freehold'))
  const command = join(scratch, 'bin', 'freehold')
  expect(await run([command, '--version'], scratch)).toEqual({ code: 0, text: `${version}\n` })
  const home = join(scratch, 'linked')
  mkdirSync(home)
  expect(await firstAnswer(command, home)).toContain('17 * 23 = 391')
}, 30_000)

interface Manifest {
  readonly files: readonly string[]
}

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

function pack(): Packed {
  const { stdout, stderr, exitCode } = Bun.spawnSync(
    ['npm', 'pack', '--json', '--loglevel=error', '--pack-destination', scratch],
    { cwd: root, env: environment() },
  )
  if (exitCode !== 0) throw new Error(`npm pack ended with ${exitCode}: ${stderr}`)
  // A list, or in newer versions of npm an object by the package's name.
  const [first] = Object.values(JSON.parse(stdout.toString()) as Record<string, Packed>)
  return first!
}

async function registryAnswers(): Promise<boolean> {
  const impatient = ['--fetch-retries=0', '--fetch-timeout=5000', '--prefer-online']
  const { code } = await run(['npm', 'view', ...impatient, 'zod', 'name'], scratch)
  return code === 0
}

interface Ran {
  readonly code: number
  /** Of stdout; of stderr as well when it failed. */
  readonly text: string
}

async function run(command: readonly string[], cwd: string): Promise<Ran> {
  const child = Bun.spawn([...command], {
    cwd,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, text: code === 0 ? out : out + err }
}

/** Starts a gateway in a folder that holds nothing of it, asks it once, and stops it. */
function firstAnswer(command: string, home: string): Promise<string> {
  return asked(command, home, async ({ url, admin_key_path: path }) => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${readFileSync(path, 'utf8').trim()}` },
      body: JSON.stringify({
        model: 'sim/small',
        messages: [{ role: 'user', content: 'What is 17 * 23?' }],
      }),
    })
    return response.text()
  })
}

/** How the running process was called. */
function ranBy(command: string, home: string): Promise<string> {
  return asked(command, home, async ({ pid }) => {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return Bun.spawnSync(['ps', '-o', 'args=', '-p', String(pid)]).stdout.toString()
  })
}

/** The dashboard's page, when its script and style came as well. */
function dashboardOf(command: string, home: string): Promise<string> {
  return asked(command, home, async ({ url }) => {
    const page = await (await fetch(url)).text()
    const files = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!)
    expect(files.length).toBe(3)
    let bytes = 0
    for (const path of files) {
      const packed = { headers: { 'accept-encoding': 'gzip' }, decompress: false } as const
      const response = await fetch(url + path, packed)
      expect(response.ok).toBe(true)
      bytes += (await response.arrayBuffer()).byteLength
    }
    expect(bytes).toBeGreaterThan(50_000)
    expect(bytes).toBeLessThan(350_000)
    return page
  })
}

async function asked(
  command: string,
  home: string,
  ask: (started: Started) => Promise<string>,
): Promise<string> {
  const child = Bun.spawn([command, 'serve', '--json', '--port', '0'], {
    cwd: home,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    let line = ''
    for await (const chunk of child.stdout) {
      line += new TextDecoder().decode(chunk)
      if (line.includes('\n')) break
    }
    if (line === '') throw new Error(await new Response(child.stderr).text())
    return await ask({ ...(JSON.parse(line) as Started), pid: child.pid })
  } finally {
    child.kill('SIGTERM')
    await child.exited
  }
}

interface Started {
  readonly url: string
  readonly admin_key_path: string
  readonly pid: number
}

/** Without what npm tells the scripts of this repository, and without anybody's keys. */
function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      /^(PATH|HOME|TMPDIR|LANG|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy)$/i.test(
        name,
      ) || /^npm_config_(registry|userconfig|cache|cafile)$/i.test(name),
  )
  return { ...(Object.fromEntries(kept) as Record<string, string>), NO_UPDATE_NOTIFIER: '1' }
}
