import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Makes the dashboard's files of its sources and writes them to stdout as one JSON list. A process of its own: see `src/compose/bundle.ts`. */
export interface BundledFile {
  readonly kind: 'js' | 'css' | 'svg'
  /** Base64. */
  readonly gzip: string
}

const web = fileURLToPath(new URL('../../web/', import.meta.url))

if (import.meta.main) {
  const files: BundledFile[] = [
    { kind: 'js', gzip: packed(await script()) },
    { kind: 'css', gzip: packed(style()) },
    { kind: 'svg', gzip: packed(readFileSync(`${web}icon.svg`, 'utf8')) },
  ]
  await Bun.write(Bun.stdout, JSON.stringify(files))
}

async function script(): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [`${web}main.tsx`],
    target: 'browser',
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return outputs[0]!.text()
}

/** What is shared stands first; pages have a file each. */
function style(): string {
  const folder = `${web}styles/`
  const shared = ['tokens.css', 'base.css', 'shell.css', 'parts.css', 'charts.css']
  const pages = readdirSync(folder).filter(
    (name) => name.endsWith('.css') && !shared.includes(name),
  )
  const charts = readFileSync(
    fileURLToPath(import.meta.resolve('uplot/dist/uPlot.min.css')),
    'utf8',
  )
  const own = [...shared, ...pages.toSorted()].map((name) => readFileSync(folder + name, 'utf8'))
  return [charts, ...own].join('\n').replaceAll(/\/\*[\s\S]*?\*\//g, '')
}

function packed(text: string): string {
  return Buffer.from(Bun.gzipSync(Buffer.from(text), { level: 9 })).toString('base64')
}
