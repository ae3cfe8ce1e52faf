import type { AttemptRecord } from '../../core/record.ts'
import type { Trip } from './trip.ts'

/** What the intent and each row of a call say alike: whose it is, what it is for, and what it asked. */
type CallFacts = Pick<
  AttemptRecord,
  | 'callId'
  | 'keyId'
  | 'env'
  | 'customer'
  | 'feature'
  | 'session'
  | 'operation'
  | 'dialect'
  | 'modelAsked'
  | 'task'
  | 'configHash'
  | 'stream'
>

export function callFacts({ id, key, attribution, call, task, snapshot }: Trip): CallFacts {
  return {
    callId: id,
    keyId: key.id,
    env: key.env,
    customer: attribution.customer,
    feature: attribution.feature,
    session: attribution.session,
    operation: call.operation,
    dialect: call.dialect,
    modelAsked: call.model,
    task: task?.name ?? null,
    configHash: snapshot.hash,
    stream: call.stream,
  }
}
