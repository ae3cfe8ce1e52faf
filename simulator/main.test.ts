import { expect, test } from 'bun:test'
import { join } from 'node:path'

const main = join(import.meta.dir, 'main.ts')

function run(...args: string[]) {
  return Bun.spawn([process.execPath, main, ...args], { stdout: 'pipe', stderr: 'pipe' })
}

async function first(stream: ReadableStream<Uint8Array>): Promise<string> {
  for await (const part of stream) return Buffer.from(part).toString()
  return ''
}

test('the command listens, answers, and stops when it is told to', async () => {
  const command = run('--port', '0', '--seed', '7', '--speed', '0')
  const url = (await first(command.stdout)).trim()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/)
  expect((await fetch(`${url}/models`)).status).toBe(200)
  command.kill('SIGTERM')
  expect(await command.exited).toBe(0)
})

test('it explains itself, and lists the faults', async () => {
  const command = run('--help')
  expect(await new Response(command.stdout).text()).toContain('npm run sim')
  expect(await command.exited).toBe(0)
  expect(await new Response(run('--faults').stdout).text()).toMatch(/^http-529 +V3 +answers 529/m)
})

test('it says what is wrong with how it was called', async () => {
  for (const [args, words] of [
    [['--port', 'x'], "--port is a whole number from 0 to 65535, not 'x'."],
    [['--speed', '-1'], '--speed'],
    [['--colour'], '--colour'],
  ] as const) {
    const command = run(...args)
    expect(await new Response(command.stderr).text()).toContain(words)
    expect(await command.exited).toBe(2)
  }
})

test('it says that the port is taken', async () => {
  using taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
  const command = run('--port', String(taken.port))
  expect(await new Response(command.stderr).text()).toBe(
    `Port ${taken.port} is taken. Choose another with --port, or 0 for any.\n`,
  )
  expect(await command.exited).toBe(1)
})

test('in a thread of its own it posts where it is, and stops when it is sent stop', async () => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { argv: ['--speed', '0'] })
  const { promise: posted, resolve: post } = Promise.withResolvers<{ url: string }>()
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  worker.addEventListener('message', ({ data }: MessageEvent<{ url: string }>) => post(data))
  worker.addEventListener('close', () => close())
  const { url } = await posted
  expect((await fetch(`${url}/models`)).status).toBe(200)
  worker.postMessage('stop', [])
  await closed
  await expect(fetch(`${url}/models`)).rejects.toThrow()
})
