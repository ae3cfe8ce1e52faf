// What Freehold costs, beside nginx as a bare proxy, Portkey's gateway and LiteLLM, in one run on one machine.
//   npm run bench                         everything, some 11 minutes; writes bench/results/NAME.json for each
//   npm run bench -- --quick              under 3 minutes, without LiteLLM, which alone takes two; writes
//                                         nothing unless --out FOLDER is given
//   npm run bench -- --only plain,page    these alone
//   npm run bench -- --without litellm    one peer less
// Peers are installed once, into ~/.cache/freehold-bench; who cannot be is left out, and it says why.
import { parseArgs } from 'node:util'
import { resultsFolder, writeResult } from './harness.ts'
import { loadCore, testedCore, vendorCore } from './harness/cores.ts'
import { endAll, endAllWhenInterrupted, isInterrupted, pins } from './harness/processes.ts'
import { Scene } from './harness/scene.ts'
import { measures } from './measures/index.ts'
import type { Measure, Row } from './measures/measure.ts'
import { peers } from './subjects/peers.ts'
import { type Name, names } from './subjects/subject.ts'
import { writeReport } from './report.ts'
import { tableOf } from './table.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    without: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
})
const { quick, out } = values
const writes = !quick || out !== undefined
const folder = out ?? resultsFolder
const chosen = chosenOf(values.only, Object.keys(measures), '--only')
const left = chosenOf(values.without, names, '--without')
const all = Object.entries<Measure>(measures).filter(
  ([name]) => chosen.length === 0 || chosen.includes(name),
)
endAllWhenInterrupted()

const started = performance.now()
const secondsOf = ({ seconds }: Measure): number => seconds[quick ? 1 : 0]
const total = all.reduce((sum, [, measure]) => sum + secondsOf(measure), 0)
let expected = 0
let current = ''

function tell(text: string): void {
  const passed = Math.round((performance.now() - started) / 1_000)
  process.stderr.write(
    `[${passed} s, about ${Math.max(0, total - expected)} s left] ${current} ${text}\n`,
  )
}

// One core at a tenth of its peers' pace: LiteLLM alone would take as long as the others together.
const wanted = names.filter((name) => !left.includes(name) && !(quick && name === 'litellm'))
const scene = await Scene.open({ quick, wanted, tell })
for (const [name, why] of Object.entries(scene.missing)) console.log(`${name} is left out: ${why}`)
const rows: Row[] = []
const failures: string[] = []
try {
  for (const [name, measure] of all) {
    if (isInterrupted()) break
    current = `${name}:`
    tell(measure.says)
    const began = performance.now()
    try {
      const measured = await measure.run(scene)
      rows.push(...measured.rows)
      if (writes) {
        const whole = {
          says: measure.says,
          quick,
          seconds: Math.round((performance.now() - began) / 1_000),
          conditions: { ...common(), ...measured.conditions },
          rows: measured.rows,
        }
        writeResult(name, whole, folder)
      }
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      tell(`FAILED: ${failures.at(-1)}`)
    }
    expected += secondsOf(measure)
  }
} finally {
  await scene.close()
  await endAll()
}

console.log(`\n${tableOf(rows)}`)
console.log(
  `\nMedians over rounds (least..most). Ratios are of the same run and are what is judged; absolute figures are this machine's.${quick ? ' A quick run: too short to be quoted.' : ''}`,
)
if (writes) console.log(`written to ${writeReport(folder)}`)
for (const failure of failures) console.log(`FAILED ${failure}`)
const missed = rows.filter(({ holds }) => holds === false).length
console.log(
  `${rows.filter(({ holds }) => holds === true).length} goals hold, ${missed} do not; ${Math.round((performance.now() - started) / 1_000)} s`,
)
process.exit(failures.length === 0 ? 0 : 1)

/** What is the same for all measurements of a run. */
function common(): object {
  const missing: Readonly<Partial<Record<Name, string>>> = scene.missing
  return {
    pinned: pins
      ? `who is measured on core ${testedCore}, load on core ${loadCore}, vendors on core ${vendorCore}`
      : 'nothing: taskset is missing (util-linux)',
    peers,
    missing,
  }
}

function chosenOf(text: string, known: readonly string[], flag: string): string[] {
  const found = text.split(',').filter((name) => name !== '')
  const strange = found.find((name) => !known.includes(name))
  if (strange === undefined) return found
  console.error(`${flag} knows no ${strange}. There are: ${known.join(', ')}.`)
  process.exit(2)
}
