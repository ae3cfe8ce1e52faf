import { expect, spyOn, test } from 'bun:test'
import { readJsonBody } from './request.ts'

const limits = { bytesMax: 1_000, timeoutMs: 20 }

/** A request whose body is whole when `end` is called. */
function slowRequest(): { readonly request: Request; readonly end: () => void } {
  const ended = Promise.withResolvers<void>()
  const body = new ReadableStream({
    async pull(controller) {
      await ended.promise
      controller.enqueue(new TextEncoder().encode('{"model":"a"}'))
      controller.close()
    },
  })
  const request = new Request('http://127.0.0.1/', { method: 'POST', body })
  return { request, end: () => ended.resolve() }
}

test('a body in time is read', async () => {
  const { request, end } = slowRequest()
  end()
  const body = await readJsonBody(request, limits)
  expect(body.text).toBe('{"model":"a"}')
})

test('a body that comes after its time was refused, and nobody reads it any more', async () => {
  const decode = spyOn(TextDecoder.prototype, 'decode')
  try {
    const { request, end } = slowRequest()
    const refused = await readJsonBody(request, limits).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'body_timeout' })
    end()
    await Bun.sleep(20)
    expect(decode).not.toHaveBeenCalled()
  } finally {
    decode.mockRestore()
  }
})
