// All that must hold before a merge: format, lint, types, dead code, tests. `npm test` and CI run it.
//   bun scripts/check.ts          everything
//   bun scripts/check.ts --fix    writes the format and the lint fixes first
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dir, '..')
const bin = (name: string) => join(root, 'node_modules', '.bin', name)
const scratch = mkdtempSync(join(tmpdir(), 'freehold-check-'))
const junit = join(scratch, 'junit.xml')
const fix = process.argv.includes('--fix')

const steps: readonly (readonly [name: string, command: readonly string[]])[] = [
  ['format', [bin('oxfmt'), ...(fix ? [] : ['--check'])]],
  ['lint', [bin('oxlint'), ...(fix ? ['--fix'] : []), '--deny-warnings']],
  ['types', [bin('tsc'), '-p', 'tsconfig.json']],
  ['types of the dashboard', [bin('tsc'), '-p', 'web/tsconfig.json']],
  ['dead code', [bin('knip'), '--no-progress']],
  [
    'tests',
    [
      process.execPath,
      'test',
      '--reporter=junit',
      `--reporter-outfile=${junit}`,
      '--timeout=60000',
    ],
  ],
]

let passed = 0
let failed = 0
for (const [name, command] of steps) {
  const started = performance.now()
  console.log(`\n=== ${name}`)
  const { exitCode } = Bun.spawnSync([...command], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, FORCE_COLOR: '0' },
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`=== ${name}: ${exitCode === 0 ? 'ok' : 'FAILED'} (${seconds} s)`)
  if (name === 'tests') {
    const counts = testCounts()
    passed += counts.passed
    failed += counts.failed
    if (exitCode !== 0 && counts.failed === 0) failed += 1 // a file that could not be loaded
  } else if (exitCode === 0) passed += 1
  else failed += 1
}
rmSync(scratch, { recursive: true })

console.log(`\n${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

/** Counts of the whole run, from the first element of the report. */
function testCounts(): { passed: number; failed: number } {
  let report: string
  try {
    report = readFileSync(junit, 'utf8')
  } catch {
    return { passed: 0, failed: 0 }
  }
  const count = (name: string) =>
    Number(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`).exec(report)?.[1] ?? 0)
  const failures = count('failures') + count('errors')
  return { passed: count('tests') - failures - count('skipped'), failed: failures }
}
