import type { CallId } from '../core/ids.ts'
import type { Money } from '../core/money.ts'
import type { AttemptRecord, Intent } from '../core/record.ts'
import type { Usage } from '../core/usage.ts'

/**
 * How a field is kept; a question mark where it may be null. A `label` is short text that rows are
 * filtered, grouped or joined by; a `text` is only shown. `kept.ts` bounds both.
 */
type Base<Value> = [Value] extends [CallId]
  ? 'id'
  : [Value] extends [Money]
    ? 'money'
    : [Value] extends [boolean]
      ? 'flag'
      : [Value] extends [number]
        ? 'integer'
        : [Value] extends [string]
          ? 'label' | 'text'
          : [Value] extends [Usage]
            ? 'usage'
            : never

type ShapeOf<Value> = null extends Value ? `${Base<NonNullable<Value>>}?` : Base<Value>

export type Shape = 'id' | `${'money' | 'flag' | 'integer' | 'label' | 'text' | 'usage'}${'' | '?'}`

export type Fields<Row> = { readonly [Name in keyof Row]-?: ShapeOf<Row[Name]> }

/**
 * Every field of an AttemptRecord, once: the journal's frames and the table's columns follow from it.
 * The order is the journal's format. New fields go to the end, and raise `formatVersion` in
 * `journal/segment.ts`; the compiler refuses a field that is missing here or of another shape.
 */
export const recordFields = {
  callId: 'id',
  attempt: 'integer',
  at: 'integer',
  keyId: 'label',
  env: 'label?',
  customer: 'label?',
  feature: 'label?',
  session: 'label?',
  operation: 'label',
  dialect: 'label',
  modelAsked: 'label',
  task: 'label?',
  provider: 'label?',
  model: 'label?',
  modelServed: 'label?',
  credential: 'label?',
  role: 'label',
  policy: 'label?',
  reason: 'text?',
  configHash: 'label',
  adapted: 'text?',
  usage: 'usage?',
  usageSource: 'label',
  usageRaw: 'text?',
  cost: 'money?',
  costSource: 'label',
  priceId: 'label?',
  reportedUsd: 'label?',
  stream: 'flag',
  status: 'integer?',
  endState: 'label',
  errorCode: 'label?',
  errorText: 'text?',
  finish: 'label?',
  toolCalls: 'integer?',
  answerId: 'label?',
  queueUs: 'integer?',
  connectUs: 'integer?',
  firstByteUs: 'integer?',
  firstContentUs: 'integer?',
  totalUs: 'integer?',
  overheadUs: 'integer?',
  saved: 'money?',
  mode: 'label?',
  region: 'label?',
  savedBy: 'label?',
} as const satisfies Fields<AttemptRecord>

/** Every field of an Intent; the same rules. */
export const intentFields = {
  callId: 'id',
  attempt: 'integer',
  at: 'integer',
  keyId: 'label',
  env: 'label?',
  customer: 'label?',
  feature: 'label?',
  session: 'label?',
  operation: 'label',
  dialect: 'label',
  modelAsked: 'label',
  task: 'label?',
  provider: 'label',
  model: 'label',
  role: 'label',
  stream: 'flag',
  configHash: 'label',
  ceiling: 'money?',
} as const satisfies Fields<Intent>
