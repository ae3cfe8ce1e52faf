/** What a browser gets at `/` as long as there is no dashboard: where to go from here, and no data. */
export function frontPage(version: string): Response {
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Freehold</title>
<style>${style}</style>
<main>
<h1>Freehold ${version}</h1>
<p>The gateway is running. Point an OpenAI or Anthropic client at it:</p>
<pre>OPENAI_BASE_URL=http://HOST:PORT/v1
ANTHROPIC_BASE_URL=http://HOST:PORT</pre>
<p>Calls and costs: <code>freehold logs</code>, <code>freehold costs</code>, or <code>/api</code> with an admin key.</p>
</main>
</html>
`
  return new Response(page, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  })
}

const style = `body{font:16px/1.6 system-ui,sans-serif;margin:0;padding:4rem 1.5rem;background:Canvas;color:CanvasText}
main{max-width:40rem;margin:auto}h1{font-size:1.25rem;font-weight:600;letter-spacing:-.01em}
pre{padding:1rem;border:1px solid color-mix(in srgb,CanvasText 15%,transparent);border-radius:.5rem;overflow:auto}
code,pre{font:14px/1.5 ui-monospace,monospace}`
const styleHash = new Bun.CryptoHasher('sha256').update(style).digest('base64')
