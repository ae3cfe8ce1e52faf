// Installs what is missing, and nothing when all is there. Runs on Node: it comes before Bun.
//   node scripts/install.mjs        what the gateway needs
//   node scripts/install.mjs --dev  what the tests need as well
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dev = process.argv.includes('--dev')
const { dependencies, devDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)
const wanted = { ...dependencies, ...(dev ? devDependencies : {}) }

if (!Object.entries(wanted).every(([name, version]) => installed(name) === version)) {
  const flags = dev ? [] : ['--omit=dev']
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  console.error(`Installing ${Object.keys(wanted).length} packages with npm ci ...`)
  const { status } = spawnSync('npm', ['ci', ...flags, ...quiet], { cwd: root, stdio: 'inherit' })
  process.exit(status ?? 1)
}

function installed(name) {
  const file = join(root, 'node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
