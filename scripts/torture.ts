// What must hold when everything goes wrong at once, longer than a test may take.
//   bun scripts/torture.ts                      every part, as often as it says
//   bun scripts/torture.ts --faults 20000       one part alone, so many times
//   bun scripts/torture.ts --kills --budgets    these two
//   bun scripts/torture.ts --seed 7             other chances; the seed is printed
// Talks to 127.0.0.1 alone and ends by itself. Writes bench/results/torture.json.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeResult } from '../bench/harness.ts'
import { parts } from '../bench/torture/index.ts'
import type { PartResult } from '../bench/torture/part.ts'

type Name = keyof typeof parts

const names = Object.keys(parts) as Name[]
const { wanted, seed } = readFlags(process.argv.slice(2))
let failed = false
console.log(`seed ${seed}`)

for (const [name, count] of wanted) {
  const started = performance.now()
  console.log(`${name}: ${parts[name].says} (${count.toLocaleString('en-US')})`)
  const result = await parts[name].run({ count, seed, tell: progressOf(name, count, started) })
  process.stderr.write(process.stderr.isTTY ? '\r\u001b[K' : '')
  const seconds = Math.round((performance.now() - started) / 1_000)
  report(result, seconds)
  const told = {
    passed: result.wrong.length === 0,
    date: new Date().toISOString(),
    seed,
    seconds,
    ...result,
  }
  // Part by part, beside what others wrote meanwhile: an interrupted run keeps what it found.
  console.log(writeResult('torture', { parts: { ...earlier(), [name]: told } }))
  failed ||= result.wrong.length > 0
}
process.exit(failed ? 1 : 0)

function report({ wrong, figures }: PartResult, seconds: number): void {
  const said = Object.entries(figures).map(([figure, value]) => `${figure} ${value}`)
  console.log(
    `  ${wrong.length === 0 ? 'holds' : 'DOES NOT HOLD'} (${seconds} s): ${said.join(', ')}`,
  )
  for (const sentence of wrong) console.log(`  ${sentence}`)
}

/** On a terminal twice a second, elsewhere a line every ten seconds. */
function progressOf(name: string, count: number, started: number): (done: number) => void {
  const everyMs = process.stderr.isTTY ? 500 : 10_000
  let told = started
  return (done) => {
    const now = performance.now()
    if (now - told < everyMs) return
    told = now
    const left = Math.round((((now - started) / done) * (count - done)) / 1_000)
    const line = `  ${name} ${done} of ${count}, ${left} s left`
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
  }
}

function readFlags(argv: readonly string[]): {
  readonly wanted: readonly (readonly [Name, number])[]
  readonly seed: number
} {
  const wanted: [Name, number][] = []
  let chosen = Math.floor(Math.random() * 1e9)
  for (let at = 0; at < argv.length; at += 1) {
    const name = argv[at]!.replace(/^--/, '')
    const value = /^\d+$/.test(argv[at + 1] ?? '') ? Number(argv[++at]) : null
    if (name === 'seed' && value !== null) chosen = value
    else if (isName(name)) wanted.push([name, value ?? parts[name].count])
    else {
      console.error(`There is no part ${name}. There are: --${names.join(' --')}, and --seed N.`)
      process.exit(2)
    }
  }
  const all = names.map((name) => [name, parts[name].count] as const)
  return { wanted: wanted.length > 0 ? wanted : all, seed: chosen }
}

function isName(name: string): name is Name {
  return Object.hasOwn(parts, name)
}

/** Parts that do not run now keep their last result. */
function earlier(): Record<string, object> {
  try {
    const path = join(import.meta.dir, '..', 'bench', 'results', 'torture.json')
    return (JSON.parse(readFileSync(path, 'utf8')) as { parts: Record<string, object> }).parts
  } catch {
    return {}
  }
}
