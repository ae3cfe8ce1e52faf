import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { Worker as NodeWorker } from 'node:worker_threads'
import {
  behindAll,
  behindCalls,
  HelperThreads,
  stepBehindCalls,
  systemThreads,
  type ThreadTable,
} from './priority.ts'

/** Threads with names, and what was set of them. */
function aProcess(names: Record<number, string>, nices: Record<number, number> = {}) {
  const set: [id: number, nice: number][] = []
  const threads: ThreadTable = {
    main: 1,
    own: () => 2,
    all: () => Object.keys(names).map(Number),
    nameOf: (id) => names[id]!,
    niceOf: (id) => nices[id] ?? 0,
    setNice: (id, nice) => void set.push([id, nice]),
  }
  return { names, set, threads }
}

test('a thread steps behind those that serve, alone', () => {
  const { set, threads } = aProcess({ 1: 'bun', 2: 'Worker', 3: 'Worker' })
  stepBehindCalls(threads)
  expect(set).toEqual([[2, behindCalls]])
})

test('helpers of the runtime are put behind, and no thread that serves or that collects garbage', () => {
  const { set, threads } = aProcess({
    1: 'bun',
    2: 'Worker',
    3: 'Worker',
    4: 'JITWorker',
    5: 'JSCWarmUp',
    6: 'mi-scavenger',
    7: 'Bun Pool 11',
    8: 'HeapHelper',
    9: 'HTTP Client',
  })
  new HelperThreads(threads).look()
  expect(set).toEqual([
    [4, behindCalls],
    [5, behindCalls],
    [6, behindAll],
    [7, behindCalls],
  ])
})

test('a helper is put behind once, and one that comes later or under the same id as well', () => {
  const { names, set, threads } = aProcess({ 1: 'bun', 4: 'JITWorker' })
  const helpers = new HelperThreads(threads)
  expect(helpers.look()).toBe(true)
  expect(helpers.look()).toBe(false)
  delete names[4]
  names[5] = 'JITWorker'
  expect(helpers.look()).toBe(true)
  delete names[5]
  names[4] = 'Bun Pool 0'
  expect(helpers.look()).toBe(true)
  expect(set.map(([id]) => id)).toEqual([4, 5, 4])
})

test('a process that was put behind others has its threads behind its own, and none is raised', () => {
  const names = { 1: 'bun', 2: 'Worker', 4: 'JITWorker', 5: 'JITWorker', 6: 'mi-scavenger' }
  const { set, threads } = aProcess(names, { 1: 12, 2: 12, 4: 12, 5: 19, 6: 12 })
  stepBehindCalls(threads)
  new HelperThreads(threads).look()
  expect(set).toEqual([
    [2, 17],
    [4, 17],
    [6, 19],
  ])
})

test('what may not be set, or has ended meanwhile, is left as it is', () => {
  const { set, threads } = aProcess({ 4: 'JITWorker', 5: 'JITWorker', 6: 'JITWorker' })
  const fails = (): never => {
    throw new Error('EACCES: permission denied')
  }
  stepBehindCalls({ ...threads, setNice: fails })
  expect(new HelperThreads({ ...threads, setNice: fails }).look()).toBe(true)
  expect(new HelperThreads({ ...threads, all: fails }).look()).toBe(false)
  const ended = { ...threads, nameOf: (id: number) => (id === 5 ? fails() : 'JITWorker') }
  new HelperThreads(ended).look()
  expect(set.map(([id]) => id)).toEqual([4, 6])
})

test('where threads have no priority nothing is done', () => {
  stepBehindCalls(null)
  expect(new HelperThreads(null).look()).toBe(false)
})

const onLinux = systemThreads !== null

test.if(onLinux)(
  'on Linux the system says so of that thread alone, and of the helpers',
  async () => {
    const before = niceOf(process.pid)
    const worker = new NodeWorker(
      `const { parentPort } = require('node:worker_threads')
     import(${JSON.stringify(new URL('priority.ts', import.meta.url).href)}).then((all) => {
       all.stepBehindCalls()
       all.stepBehindCalls()
       new all.HelperThreads().look()
       parentPort.postMessage(all.systemThreads.own())
     })
     parentPort.on('message', () => process.exit(0))`,
      { eval: true },
    )
    const id = await new Promise<number>((resolve) => void worker.once('message', resolve))
    const names = systemThreads!.all().map((each) => [systemThreads!.nameOf(each), niceOf(each)])
    const nice = niceOf(id)
    await worker.terminate()
    expect(id).not.toBe(process.pid)
    expect(nice).toBe(Math.min(19, before + behindCalls))
    expect(niceOf(process.pid)).toBe(before)
    const scavenger = names.find(([name]) => name === 'mi-scavenger')
    if (scavenger) expect(scavenger[1]).toBe(Math.min(19, before + behindAll))
  },
)

/** Field 19 of a thread's stat; its name, the second, may hold blanks. */
function niceOf(id: number): number {
  const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[16])
}
