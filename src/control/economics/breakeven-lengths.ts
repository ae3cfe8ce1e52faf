import type { Instant } from '../../core/clock.ts'
import type { LedgerReader } from '../../store/ports.ts'
import { scanColumns } from '../../store/scan.ts'

/** How long the calls of a task are, from a sample of them. Plain data: another thread can be told. */
export interface CallLengths {
  /** Tokens of each call that was drawn: of its prompt, and of its answer. */
  readonly inputs: Float64Array
  readonly outputs: Float64Array
}

export interface LengthSpread {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly most: number
}

/** The span is looked at in so many places, so many rows in each: a night is no day, and a week-end no week. */
const places = 24
const rowsEach = 500

/** @param env  null: whichever */
export async function lengthsOf(
  ledger: Pick<LedgerReader, 'scan'>,
  asked: {
    readonly task: string
    readonly env: string | null
    readonly since: Instant
    readonly until: Instant
  },
): Promise<CallLengths | null> {
  const { task, env, since, until } = asked
  const filters = env === null ? { task } : { task, env }
  const [inputs, outputs]: [number[], number[]] = [[], []]
  const [prompt, output] = [scanColumns.indexOf('prompt'), scanColumns.indexOf('output')]
  const step = (until - since) / places
  for (let place = 0; place < places; place += 1) {
    const { values } = await ledger.scan({
      filters,
      since: Math.floor(since + place * step) as Instant,
      until: Math.floor(since + (place + 1) * step) as Instant,
      after: null,
      rows: rowsEach,
    })
    for (let at = 0; at < values.length; at += scanColumns.length) {
      inputs.push(values[at + prompt]!)
      outputs.push(values[at + output]!)
    }
  }
  return inputs.length === 0
    ? null
    : { inputs: Float64Array.from(inputs), outputs: Float64Array.from(outputs) }
}

export function spreadOfLengths(lengths: Float64Array): LengthSpread {
  const sorted = lengths.toSorted()
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: sorted.at(-1) ?? 0 }
}

/** Share of the calls whose prompt or answer is longer than those that were measured. */
export function shareBeyond(
  { inputs, outputs }: CallLengths,
  point: { readonly inputTokens: number; readonly outputTokens: number },
): number {
  let beyond = 0
  for (let at = 0; at < inputs.length; at += 1)
    if (inputs[at]! > point.inputTokens || outputs[at]! > point.outputTokens) beyond += 1
  return inputs.length === 0 ? 0 : beyond / inputs.length
}
