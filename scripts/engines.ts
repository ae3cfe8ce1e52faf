// Real engines behind Freehold, not recordings of them. Compiles for minutes at the first run, so CI does not.
//   npm run engines
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeResult } from '../bench/harness.ts'

const root = join(import.meta.dir, '..')
const folder = join(root, 'node_modules', '.cache', 'engines')
const packages = ['llama-cpp-python[server]==0.3.36', 'gguf==0.19.0', 'numpy==2.4.6']
const python = join(folder, 'venv', 'bin', 'python')
const model = join(folder, 'random.gguf')

if (Bun.which('python3') === null || Bun.which('cc') === null) {
  console.error(
    'It takes Python 3 with venv, and a C compiler. On Debian: apt-get install python3-venv build-essential',
  )
  process.exit(1)
}
mkdirSync(folder, { recursive: true })
if (!existsSync(python)) await run(['python3', '-m', 'venv', join(folder, 'venv')])
console.log(`Installing ${packages.join(', ')}; the first time compiles for some minutes ...`)
await run([python, '-m', 'pip', 'install', '--quiet', ...packages])
await run([python, join(root, 'scripts', 'engines', 'model.py'), model])

const scratch = mkdtempSync(join(tmpdir(), 'freehold-engines-'))
const report = join(scratch, 'junit.xml')
const { exitCode } = Bun.spawnSync(
  [
    process.execPath,
    'test',
    './tests/engines/llamacpp.journey.ts',
    '--reporter=junit',
    `--reporter-outfile=${report}`,
    '--timeout=60000',
  ],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ENGINE_PYTHON: python, ENGINE_MODEL: model },
  },
)
const results = existsSync(report) ? resultsIn(readFileSync(report, 'utf8')) : []
rmSync(scratch, { recursive: true })
const failed = results.filter(({ passed }) => !passed).length
writeResult('engines', {
  engine: packages[0],
  model: 'scripts/engines/model.py: random weights, 2 layers, 1.6 MB',
  passed: results.length - failed,
  failed,
  results,
})
console.log(`\n${results.length - failed} passed, ${failed} failed`)
process.exit(exitCode === 0 && results.length > 0 ? 0 : 1)

async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { stdio: ['ignore', 'inherit', 'inherit'] })
  const code = await child.exited
  if (code === 0) return
  console.error(`${command.join(' ')} ended with ${code}.`)
  process.exit(1)
}

function resultsIn(xml: string): { name: string; passed: boolean }[] {
  const cases = xml.matchAll(/<testcase name="([^"]*)"[^>]*?(\/>|>[\s\S]*?<\/testcase>)/g)
  return [...cases].map(([, name = '', rest = '']) => ({
    name: unescaped(name),
    passed: !rest.includes('<failure') && !rest.includes('<error'),
  }))
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
