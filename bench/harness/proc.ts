import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What Linux says of a process, from /proc. */

/** User and system time of a process and all that it started, all threads, in microseconds. */
export function cpuUs(pid: number): number {
  return family(pid).reduce((sum, each) => sum + ownCpuUs(each), 0)
}

/** Of a process and all that it started, in megabytes. */
export interface Memory {
  readonly residentMb: number
  /** The part of it that is no file's: without the pages of programs. */
  readonly anonymousMb: number
}

export function memoryOf(pid: number): Memory {
  let [resident, anonymous] = [0, 0]
  for (const each of family(pid)) {
    const status = readFileSync(`/proc/${each}/status`, 'utf8')
    resident += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
    anonymous += Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0)
  }
  return { residentMb: resident / 1_024, anonymousMb: anonymous / 1_024 }
}

export function residentMb(pid: number): number {
  return memoryOf(pid).residentMb
}

export interface Descriptors {
  readonly sockets: number
  readonly files: number
  readonly others: number
  readonly threads: number
}

/** What a process has open. */
export function descriptorsOf(pid: number): Descriptors {
  const count = { sockets: 0, files: 0, others: 0 }
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    let target: string
    try {
      target = readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      continue // closed meanwhile
    }
    if (target.startsWith('socket:')) count.sockets += 1
    else if (target.startsWith('/')) count.files += 1
    else count.others += 1
  }
  return { ...count, threads: readdirSync(`/proc/${pid}/task`).length }
}

/** Connections of this machine to one of its ports, seen from those who opened them. */
export function connectionsTo(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => {
      const [, , to, state] = line.trim().split(/\s+/)
      return state === established && to?.endsWith(remote) === true
    }).length
}

const established = '01'

/** Of all files in a folder and below. */
export function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => {
      return sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0)
    }, 0)
}

function family(pid: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = parentOf(Number(name))
    if (parent === null) continue
    const children = parents.get(parent)
    if (children) children.push(Number(name))
    else parents.set(parent, [Number(name)])
  }
  const found: number[] = []
  const walk = (each: number): void => {
    found.push(each)
    for (const child of parents.get(each) ?? []) walk(child)
  }
  walk(pid)
  return found
}

function parentOf(pid: number): number | null {
  try {
    return Number(statOf(pid)[1])
  } catch {
    return null // ended meanwhile
  }
}

/** `getconf CLK_TCK`: 100 on every Linux that is in use. */
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
