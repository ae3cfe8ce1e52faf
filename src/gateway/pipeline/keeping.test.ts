import { describe, expect, test } from 'bun:test'
import { type KeptAnswer, Keeping, KeepingRoom } from './keeping.ts'

const finished = { reply: null, provider: 'acme', model: 'large', said: null }
const headers = {
  'content-type': 'text/event-stream',
  'x-freehold-model': 'acme/large',
  'x-freehold-overhead-ms': '0.1',
}

function aKeeping(room = new KeepingRoom()) {
  const kept: KeptAnswer[] = []
  let failed = 0
  const keeping = new Keeping(room, 'call-1')
  keeping.add({
    keep: (answer) => kept.push(answer),
    fail: () => {
      failed += 1
    },
  })
  return { keeping, kept, failed: () => failed }
}

/** Whoever asks finds at once what was kept. */
const atOnce = (): null => null

/** A body of these pieces; the answer is at its end before the last one. */
function streamOf(pieces: readonly (string | Uint8Array)[], keeping: Keeping | null) {
  let at = 0
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[at]
      at += 1
      if (at === pieces.length) keeping?.finish(finished)
      if (piece === undefined) return controller.close()
      controller.enqueue(typeof piece === 'string' ? Buffer.from(piece) : piece)
    },
  })
}

function passed({ body }: { readonly body: unknown }): Promise<Buffer> {
  return new Response(body as ReadableStream).arrayBuffer().then((bytes) => Buffer.from(bytes))
}

describe('an answer that is kept', () => {
  test('is what its caller got, with what stays true of it', async () => {
    const { keeping, kept } = aKeeping()
    const body = streamOf(['data: na', 'ïve\n\n', 'data: [DONE]\n\n'], keeping)
    const relayed = await keeping.passOn({ headers, body }, () => '42', atOnce)
    expect((await passed(relayed)).toString()).toBe('data: naïve\n\ndata: [DONE]\n\n')
    expect(kept).toEqual([
      {
        callId: 'call-1',
        headers: { 'content-type': 'text/event-stream', 'x-freehold-model': 'acme/large' },
        body: 'data: naïve\n\ndata: [DONE]\n\n',
        encoding: 'utf8',
        provider: 'acme',
        model: 'large',
        cost: '42',
        said: null,
      },
    ])
  })

  test('is kept when the caller sees its end', async () => {
    const { keeping, kept } = aKeeping()
    const body = streamOf(['one', 'two', 'end'], keeping)
    const relayed = await keeping.passOn({ headers, body }, () => null, atOnce)
    const reader = (relayed.body as ReadableStream<Uint8Array>).getReader()
    const seen: number[] = []
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (Buffer.from(next.value).toString() === 'end') seen.push(kept.length)
    }
    expect(seen).toEqual([1])
  })

  test('ends for its caller when others find it, whole or streamed', async () => {
    for (const isStream of [false, true]) {
      const { keeping, kept } = aKeeping()
      const found = Promise.withResolvers<void>()
      const order: string[] = []
      const settled = (): Promise<void> => {
        order.push(`kept ${kept.length}`)
        return found.promise
      }
      if (!isStream) keeping.finish(finished)
      const body = isStream ? streamOf(['one', 'end'], keeping) : 'one end'
      const ended = keeping
        .passOn({ headers, body }, () => null, settled)
        .then(async (relayed) => (isStream ? await passed(relayed) : null))
        .then(() => order.push('ended'))
      while (order.length === 0) await Bun.sleep(0)
      order.push('found')
      found.resolve()
      await ended
      expect(order).toEqual(['kept 1', 'found', 'ended'])
    }
  })

  test('may be bytes that are no text', async () => {
    const { keeping, kept } = aKeeping()
    const sound = Uint8Array.of(0xff, 0xfb, 0x90, 0x00)
    const body = streamOf([sound.subarray(0, 1), sound.subarray(1)], keeping)
    const relayed = await keeping.passOn({ headers, body }, () => null, atOnce)
    expect(await passed(relayed)).toEqual(Buffer.from(sound))
    expect(kept).toMatchObject([{ encoding: 'base64', body: '//uQAA==' }])
  })
})

describe('nothing is kept', () => {
  test('of a stream that ended before its answer did', async () => {
    const { keeping, kept, failed } = aKeeping()
    const body = streamOf(['half'], null)
    await passed(await keeping.passOn({ headers, body }, () => null, atOnce))
    expect([kept.length, failed()]).toEqual([0, 1])
  })

  test('of one that failed, or whose caller left; the source hears of it', async () => {
    const broken = aKeeping()
    const body = new ReadableStream<Uint8Array>({
      pull: () => Promise.reject(new Error('reset')),
    })
    const relayed = await broken.keeping.passOn({ headers, body }, () => null, atOnce)
    const thrown = await passed(relayed).catch((error: unknown) => error)
    expect(thrown).toEqual(new Error('reset'))
    expect([broken.kept.length, broken.failed()]).toEqual([0, 1])

    const left = aKeeping()
    let cancelled: unknown = null
    const open = new ReadableStream<Uint8Array>({
      cancel: (reason) => {
        cancelled = reason
      },
    })
    const passing = await left.keeping.passOn({ headers, body: open }, () => null, atOnce)
    await (passing.body as ReadableStream).cancel('gone')
    expect([left.kept.length, left.failed(), cancelled]).toEqual([0, 1, 'gone'])
    left.keeping.fail(null)
    expect(left.failed()).toBe(1)
  })

  test('of one for which there is no room, which is passed on all the same', async () => {
    const room = new KeepingRoom(10)
    const first = aKeeping(room)
    const long = streamOf(['12345', '67890', 'x'], first.keeping)
    const relayed = await first.keeping.passOn({ headers, body: long }, () => null, atOnce)
    expect((await passed(relayed)).toString()).toBe('1234567890x')
    expect([first.kept.length, first.failed()]).toEqual([0, 1])
    // What it took is free again.
    const second = aKeeping(room)
    second.keeping.finish(finished)
    await second.keeping.passOn({ headers, body: '1234567890' }, () => null, atOnce)
    expect(second.kept).toHaveLength(1)
    expect(room.take(10)).toBe(true)
    expect(room.take(1)).toBe(false)
  })
})
