import { fileURLToPath } from 'node:url'
import type { FrontFile } from '../server/front.ts'
import type { BundledFile } from '../threads/bundle.ts'
import { bundlerFile } from './thread-file.ts'

/** Long beside what it takes on any machine. */
const bundleMs = 60_000

/**
 * Bundles the dashboard in a process of its own: what that takes of memory is given back with the process,
 * and calls go on meanwhile.
 * @throws Error with what the bundler said
 */
export async function bundle(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly FrontFile[]> {
  const script = fileURLToPath(bundlerFile())
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = env
  const child = Bun.spawn([process.execPath, '--no-env-file', script], {
    env: { PATH, HOME, TMPDIR, NODE_ENV: 'production', BUN_BE_BUN: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: bundleMs,
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0) throw new Error(`The dashboard could not be bundled: ${err.slice(0, 2_000)}`)
  return (JSON.parse(out) as BundledFile[]).map(({ kind, gzip }) => {
    const bytes = Buffer.from(gzip, 'base64')
    const hash = new Bun.CryptoHasher('sha256').update(bytes).digest('hex').slice(0, 16)
    return { kind, name: `${hash}.${kind}`, gzip: bytes }
  })
}
