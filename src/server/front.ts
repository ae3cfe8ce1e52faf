import { pathUnknown } from '../core/errors.ts'

export interface FrontFile {
  readonly kind: 'js' | 'css' | 'svg'
  /** With the hash of what is in it: a name always means the same bytes. */
  readonly name: string
  readonly gzip: Uint8Array<ArrayBuffer>
}

/**
 * Nothing but this gateway's own files, and no markup that the page's scripts make of text: React and
 * uPlot need none. Styles that they set by themselves are no inline styles.
 * @see docs/decisions/0019-dashboard.md
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const types = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
} satisfies Record<FrontFile['kind'], string>

/** The dashboard's page and files, made when somebody asks for them first. */
export class Front {
  readonly #make: () => Promise<readonly FrontFile[]>
  readonly #onFault: (error: unknown) => void
  #made: Promise<readonly FrontFile[]> | null = null

  /** @param onFault  told why the files could not be made: whoever looks is told that they could not */
  constructor(make: () => Promise<readonly FrontFile[]>, onFault: (error: unknown) => void) {
    this.#make = make
    this.#onFault = onFault
  }

  /** The shell of every page: it holds no data. */
  async page(): Promise<Response> {
    try {
      const files = await this.#files()
      const named = new Map(files.map(({ kind, name }) => [kind, `/assets/${name}`]))
      return new Response(shell(named), { headers: pageHeaders })
    } catch (error) {
      this.#onFault(error)
      return new Response(broken, { status: 503, headers: pageHeaders })
    }
  }

  /**
   * @param name  one of the made files; whatever else it says is looked up nowhere
   * @throws path_unknown
   */
  async asset(name: string, acceptEncoding: string | null): Promise<Response> {
    const file = (await this.#files()).find((each) => each.name === name)
    if (file === undefined) throw pathUnknown('GET', `/assets/${name.slice(0, 100)}`)
    const packed = /\bgzip\b/.test(acceptEncoding ?? '')
    return new Response(packed ? file.gzip : Bun.gunzipSync(file.gzip), {
      headers: {
        'content-type': types[file.kind],
        ...(packed ? { 'content-encoding': 'gzip' } : {}),
        vary: 'accept-encoding',
        'cache-control': 'public, max-age=31536000, immutable',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
    })
  }

  #files(): Promise<readonly FrontFile[]> {
    const made = (this.#made ??= this.#make())
    made.catch(() => {
      // Whatever kept it from being made may be gone at the next look.
      if (this.#made === made) this.#made = null
    })
    return made
  }
}

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'cache-control': 'no-cache',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

const broken = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Freehold</title>
<h1>The dashboard could not be made</h1>
<p>The gateway's log says why; calls are answered as ever. Look again when it is mended.</p>
<p>Calls and costs meanwhile: <code>freehold logs</code>, <code>freehold costs</code>.</p>
</html>
`

function shell(named: ReadonlyMap<FrontFile['kind'], string>): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Freehold</title>
<link rel="icon" href="${named.get('svg')}">
<link rel="stylesheet" href="${named.get('css')}">
<script type="module" src="${named.get('js')}"></script>
</head>
<body>
<div id="app"></div>
<noscript>The dashboard needs JavaScript. Calls and costs without it: freehold logs, freehold costs.</noscript>
</body>
</html>
`
}
