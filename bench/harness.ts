import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'

/** What benches share: processes on chosen cores, their CPU time, load, and result files. */

export interface LoadOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connections: number
  readonly requests: number
}

export interface LoadResult {
  readonly calls: number
  readonly failed: number
  readonly seconds: number
  readonly latenciesUs: readonly number[]
}

/** The process under test has the first core for itself; load and vendor share the second. */
export const testedCore = 0
export const otherCore = 1

const root = join(import.meta.dir, '..')

export interface Running {
  readonly pid: number
  end(): Promise<void>
}

export interface Scratch {
  readonly folder: string
  file(name: string, text: string): string
  remove(): void
}

export function scratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-bench-'))
  return {
    folder,
    file: (name, text) => {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** @throws Error with what to install when nginx is not here */
export async function startNginx(
  place: Scratch,
  name: string,
  core: number,
  server: string,
  upstream = '',
): Promise<Running> {
  if (Bun.which('nginx') === null)
    throw new Error('This bench compares with nginx. To install it: apt-get install nginx-light')
  const folder = join(place.folder, name)
  mkdirSync(folder, { recursive: true })
  const config = place.file(
    `${name}.conf`,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000; client_body_temp_path ${folder}; proxy_temp_path ${folder};
fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
${upstream}
server { ${server} } }`,
  )
  return start(['nginx', '-p', folder, '-c', config], core)
}

/** A configuration and its gateway. @returns its address and admin key as well */
export async function startFreehold(
  place: Scratch,
  config: string,
  core: number,
): Promise<Running & { readonly url: string }> {
  const path = place.file('freehold.yaml', config)
  const command = [
    'sh',
    join(root, 'bin', 'freehold'),
    'serve',
    '--json',
    '--port',
    '0',
    '--config',
    path,
  ]
  const child = Bun.spawn(['taskset', '-c', String(core), ...command], {
    cwd: place.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk)
    if (text.includes('\n')) break
  }
  const { url } = JSON.parse(text) as { url: string }
  return { url, pid: child.pid, end: () => stop(child) }
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const child = Bun.spawn(
    [
      'taskset',
      '-c',
      String(otherCore),
      process.execPath,
      join(import.meta.dir, 'load.ts'),
      JSON.stringify(options),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const text = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error('the load generator failed')
  return JSON.parse(text) as LoadResult
}

/** User and system time of a process and its children, all threads, in microseconds. */
export function cpuUs(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(Number(name)) === pid)
  return [pid, ...children.map(Number)].reduce((sum, each) => sum + ownCpuUs(each), 0)
}

/** Resident memory in megabytes. */
export function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kb) / 1_024
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Writes bench/results/NAME.json with commit, machine and date around the figures. */
export function writeResult(name: string, figures: object): string {
  const git = (...words: string[]): string =>
    Bun.spawnSync(['git', ...words], { cwd: root })
      .stdout.toString()
      .trim()
  const folder = join(root, 'bench', 'results')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.json`)
  const whole = {
    bench: name,
    commit:
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', '--', 'src') === '' ? '' : ' with changes'),
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memory_gb: Math.round(totalmem() / 1e9),
      bun: Bun.version,
    },
    ...figures,
  }
  writeFileSync(path, `${JSON.stringify(whole, null, 2)}\n`)
  return path
}

export async function portOf(): Promise<number> {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = server
  server.stop(true)
  return port
}

export async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      await fetch(url, { method: 'POST', body: '{}' })
      return
    } catch {
      await Bun.sleep(50)
    }
  }
  throw new Error(`${url} does not answer`)
}

async function start(command: readonly string[], core: number): Promise<Running> {
  const child = Bun.spawn(['taskset', '-c', String(core), ...command], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return { pid: child.pid, end: () => stop(child) }
}

async function stop(child: Bun.Subprocess): Promise<void> {
  child.kill('SIGTERM')
  await child.exited
}

function parentOf(pid: number): number | null {
  try {
    return Number(statOf(pid)[1])
  } catch {
    return null
  }
}

const ticksPerSecond = 100

function ownCpuUs(pid: number): number {
  const stat = statOf(pid)
  return ((Number(stat[11]) + Number(stat[12])) / ticksPerSecond) * 1e6
}

/** The fields behind the name, which may hold anything. */
function statOf(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}
