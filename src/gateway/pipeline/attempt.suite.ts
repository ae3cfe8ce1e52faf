import type { AttemptRole } from '../../core/record.ts'
import { nothing } from '../../core/money.ts'
import type { Attempt } from './attempt.ts'

/** A first attempt at 'acme/m', answered with 200 and still open. */
export function anOpenAttempt(role: AttemptRole): Attempt {
  const provider = { id: 'acme', keys: [], facts: { doors: {} }, headers: new Map() }
  return {
    number: 1,
    role,
    stop: { provider, model: 'm', found: null, ceiling: nothing, reason: '' },
    at: 0,
    startedUs: 0,
    queueUs: 0,
    credential: null,
    adapted: null,
    reason: '',
    stay: null,
    hold: null,
    rates: null,
    unsent: false,
    status: 200,
    closed: false,
  } as unknown as Attempt
}
