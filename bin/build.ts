// Builds what `bin/freehold` runs: all modules in a few files, which start in half the time and take less
// memory than the sources.
//   sh bin/bun bin/build.ts            writes dist/
//   sh bin/bun bin/build.ts --stale    only when a source is newer
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dir, '..')
const dist = join(root, 'dist')
const mainFile = join('src', 'main.js')
const weekMs = 7 * 86_400_000
const ownThreads = ['ledger', 'serving', 'verify', 'study', 'grade']

if (!process.argv.includes('--stale') || isStale()) {
  const unfinished = join(root, `dist-${process.pid}`)
  try {
    await build(unfinished)
    putInPlace(unfinished)
  } catch (error) {
    // Where nothing can be written, the sources are run.
    process.stderr.write(
      `Nothing was built, and the sources are run as they are: ${String(error)}\n`,
    )
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

async function build(folder: string): Promise<void> {
  await Bun.build({
    root,
    entrypoints: [
      join(root, 'src', 'main.ts'),
      ...ownThreads.map((name) => join(root, 'src', 'threads', `${name}.ts`)),
      join(root, 'simulator', 'worker.ts'),
    ],
    outdir: folder,
    target: 'bun',
    splitting: true,
    // Names are kept, so that a stack can be read.
    minify: { whitespace: true, syntax: true, identifiers: false },
    // What modules share looks for threads beside itself: see `src/compose/thread-file.ts`.
    naming: { entry: '[dir]/[name].[ext]', chunk: 'src/compose/[name]-[hash].[ext]' },
  })
}

/** A gateway that runs may read a file of an earlier build yet: those are left for a week. */
function putInPlace(folder: string): void {
  const names = filesIn(folder)
  // What is looked at to see whether a source is newer comes last.
  for (const name of [...names.filter((each) => each !== mainFile), mainFile]) {
    mkdirSync(dirname(join(dist, name)), { recursive: true })
    renameSync(join(folder, name), join(dist, name))
  }
  for (const name of filesIn(dist)) {
    const old = Date.now() - statSync(join(dist, name)).mtimeMs > weekMs
    if (old && !names.includes(name)) rmSync(join(dist, name))
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

/** `bin/freehold` asks the same. */
function isStale(): boolean {
  const built = statSync(join(dist, mainFile), { throwIfNoEntry: false })
  if (built === undefined) return true
  const isNewer = (path: string): boolean => statSync(path).mtimeMs > built.mtimeMs
  return [
    join(root, 'package.json'),
    ...['src', 'simulator'].flatMap((folder) => [
      join(root, folder),
      ...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(root, folder, name),
      ),
    ]),
  ].some(isNewer)
}
