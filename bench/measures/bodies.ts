import { load } from '../harness/load.ts'
import { longBody, plainBody } from '../load/target.ts'
import { figures, lists, type Measure, type Row } from './measure.ts'

/** Tokens of the prompt, and how long its caller pauses between two of them. */
const sizes = [
  { tokens: 1_000, pauseMs: 20 },
  { tokens: 100_000, pauseMs: 100 },
  { tokens: 1_000_000, pauseMs: 250 },
] as const

const smallPerSecond = 100

export const bodies: Measure = {
  says: 'long prompts, and what small calls beside them wait',
  seconds: [60, 18],
  run: async (scene) => {
    const seconds = scene.quick ? 1.5 : 3
    const rows: Row[] = []
    for (const { tokens, pauseMs } of sizes) {
      const small = lists()
      const large = lists()
      for (const name of scene.present) {
        const subject = await scene.subject(name)
        const target = subject.target('plain')
        const body = longBody(target.model, tokens)
        const file = scene.scratch.file('long-body.json', body)
        const [calls, beside] = await Promise.all([
          load('closed', {
            target,
            body: { file },
            connections: 1,
            seconds: seconds + 0.5,
            pauseMs,
          }),
          load('open', {
            target,
            body: plainBody(target.model),
            perSecond: smallPerSecond,
            seconds,
          }),
        ])
        small[name].push(beside.us.p99 / 1_000)
        large[name].push(calls.failed > 0 ? Number.NaN : calls.us.p50 / 1_000)
      }
      const words = tokens === 1_000_000 ? '1 M' : `${tokens / 1_000} k`
      const row = { unit: 'ms', goal: null, holds: null, ratio: null }
      rows.push(
        { ...row, what: `prompts of ${words} tokens: p50`, figures: figures(large) },
        { ...row, what: '  small calls beside them: p99', figures: figures(small) },
      )
      scene.tell(`${words} tokens`)
    }
    return {
      conditions: {
        seconds_per_size: seconds,
        small_calls_per_second: smallPerSecond,
        pauses_ms: sizes.map(({ pauseMs }) => pauseMs),
        body_bytes: sizes.map(({ tokens }) => Buffer.byteLength(longBody('support', tokens))),
        judged: 'times are absolute: of the machine, with the generators on one core',
      },
      rows,
    }
  },
}
