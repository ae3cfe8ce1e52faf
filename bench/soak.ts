// Hours of steady traffic, a fifth of it streams that their clients leave, with faults mixed in: memory,
// sockets, files, threads and live objects have to stay flat. Fails with 1 when they do not.
//   npm run soak -- --minutes 30            24 hours are 1440; progress on stderr
//   npm run soak -- --rate 120 --seed 7
//   npm run soak -- --minutes 60 --warm-up 30   what is judged begins after it; a fifth of the run by itself
// Talks to 127.0.0.1 alone. Writes bench/results/soak.json.
import { parseArgs } from 'node:util'
import { quantile, resultsFolder, writeResult } from './harness.ts'
import { endAllWhenInterrupted } from './harness/processes.ts'
import { writeReport } from './report.ts'
import { judge, slopeText } from './soak/judge.ts'
import { soak, type Sample } from './soak/run.ts'
import type { Slope } from './soak/slope.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '120' },
    seed: { type: 'string', default: '2026' },
    'warm-up': { type: 'string' },
    name: { type: 'string', default: 'soak' },
  },
})
const minutes = Number(values.minutes)
const perSecond = Number(values.rate)
const warmMinutes = Number(values['warm-up'] ?? minutes / 5)
if (!(minutes > 0) || !(perSecond > 0)) {
  console.error('--minutes and --rate take numbers above 0.')
  process.exit(2)
}
if (!(warmMinutes >= 0 && warmMinutes < minutes)) {
  console.error('--warm-up takes minutes, fewer than the run has.')
  process.exit(2)
}
endAllWhenInterrupted()

/** At least ten, so that there is something to compare, and one an hour. */
const stretches = Math.max(10, Math.round(minutes / 60))
const sampleMs = Math.max(1_000, Math.min(10_000, minutes * 100))
const soaked = await soak({
  stretches,
  stretchMs: (minutes * 60_000) / stretches,
  perSecond,
  seed: Number(values.seed),
  customers: 2_000,
  sampleMs,
  speed: 0.3,
  tell: progress(performance.now()),
})
if (process.stderr.isTTY) process.stderr.write('\n')
const { samples, rests, counts } = soaked
const { wrong, memory, allocated, floorSeconds } = judge(soaked, warmMinutes * 60)
const round = (value: number): number => Math.round(value * 100) / 100
const slopeRow = ({ perUnit, low, high, median, points }: Slope) => ({
  slope: round(perUnit),
  low: round(low),
  high: round(high),
  theil_sen: round(median),
  points,
})
const memories = samples.map(({ residentMb }) => residentMb)
const path = writeResult(values.name, {
  passed: wrong.length === 0,
  wrong,
  conditions: {
    minutes,
    warm_up_minutes: warmMinutes,
    calls_per_second: perSecond,
    seed: Number(values.seed),
    left_share: 0.2,
    fault_share_of_exchanges: 0.05,
    sample_seconds: sampleMs / 1_000,
    slope: `least squares over the least sample of each ${Math.round(floorSeconds)} s after the warm-up, and what is allocated at rests after it; its interval of 95 % is widened by the correlation of neighbours`,
    rests: `${stretches}: traffic stops, all garbage of every thread is collected, live objects are counted`,
    machine_shared: 'other work may have run beside it; only what grows is judged',
  },
  counts,
  memory_mb_per_hour: slopeRow(memory),
  allocated_mb_per_hour: allocated && slopeRow(allocated),
  memory_mb: {
    idle: round(rests[0]?.residentMb ?? Number.NaN),
    p50: round(quantile(memories, 0.5)),
    max: round(Math.max(...memories)),
    at_rests: rests.map(({ residentMb }) => round(residentMb)),
  },
  rests: rests.map(({ inside, ...rest }) => ({
    ...rest,
    residentMb: round(rest.residentMb),
    anonymousMb: round(rest.anonymousMb),
    seconds: Math.round(rest.seconds),
    storeMb: round(rest.storeMb),
    allocatedMb: inside.allocatedBytes === null ? null : round(inside.allocatedBytes / 1e6),
    heapMb: round(inside.heapBytes / 1e6),
    objects: inside.objects,
    threadHeaps: inside.threads.map((thread) => ({
      name: thread.name,
      heapMb: round(thread.heapBytes / 1e6),
      objects: thread.objects,
    })),
    timers: inside.types['Timeout'] ?? 0,
    loopDelayMs: inside.loopDelayMs,
  })),
  grown: Object.entries(rests.at(-1)?.inside.types ?? {})
    .map(([name, to]) => ({ name, from: rests[2]?.inside.types[name] ?? 0, to }))
    .filter(({ from, to }) => to - from > 20),
  floors_mb: samples
    .filter((_, at) => at % Math.ceil(samples.length / 200) === 0)
    .map(({ seconds, residentMb }) => [Math.round(seconds), round(residentMb)]),
})
console.log(
  `memory: ${slopeText(memory)}, median of slopes ${memory.median.toFixed(1)}; allocated: ${allocated ? slopeText(allocated) : 'not known'}; goal: flat, let pass up to 5`,
)
console.log(
  `calls ${counts.calls}, left by their clients ${counts.left}, faults ${counts.faults}; sockets at rests ${rests.map(({ sockets }) => sockets).join(' ')}`,
)
for (const sentence of wrong) console.log(`DOES NOT HOLD: ${sentence}`)
if (wrong.length === 0) console.log('holds')
console.log(path)
writeReport(resultsFolder)
process.exit(wrong.length === 0 ? 0 : 1)

function progress(started: number) {
  const everyMs = process.stderr.isTTY ? 1_000 : Math.max(60_000, minutes * 600)
  let told = started
  return ({ stretch, sample }: { stretch: number; sample: Sample | null }): void => {
    const now = performance.now()
    if (sample === null || now - told < everyMs) return
    told = now
    const left = Math.max(0, minutes - (now - started) / 60_000)
    const line = `stretch ${stretch} of ${stretches}: ${sample.residentMb.toFixed(0)} MB, ${sample.sockets} sockets, store ${sample.storeMb.toFixed(0)} MB, ${left.toFixed(0)} min left`
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
  }
}
