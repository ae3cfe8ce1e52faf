import type { Instant } from '../../core/clock.ts'
import type { AttemptRole, EndState } from '../../core/record.ts'
import type { Reply } from '../../core/reply.ts'
import type { Secret } from '../../core/secret.ts'
import type { GatewayError } from '../../core/errors.ts'
import type { Hold } from '../limits/budgets.ts'
import type { RateHold } from '../limits/rates.ts'
import type { SendingNote } from '../upstream/upstream.ts'
import type { PricedStop } from './admit.ts'
import type { GpuStay } from './gpu-meter.ts'

/** One exchange with a provider while it lasts. Times are microseconds since it began. */
export interface Attempt extends SendingNote {
  /** 1 for the first of the call. */
  readonly number: number
  readonly role: AttemptRole
  readonly stop: PricedStop
  readonly at: Instant
  readonly startedUs: number
  /** What gateway and earlier attempts took before it. */
  readonly queueUs: number
  readonly credential: Secret | null
  /** Why this model, in words. */
  readonly reason: string
  readonly adapted: string | null
  /** It lay in a vendor's batch: what it took tells nothing of how fast the model is. */
  readonly isBatched?: true
  readonly stay: GpuStay | null
  readonly hold: Hold | null
  readonly rates: RateHold | null
  status: number | null
  /** Null when a connection was there already. */
  connectUs: number | null
  firstByteUs: number | null
  firstContentUs: number | null
  /** Set when the attempt's row was made; there is one. */
  closed: boolean
}

/** How an exchange ended. */
export interface Outcome {
  readonly endState: EndState
  /** What of the answer came, whole or in part; null when nothing did. */
  readonly reply: Reply | null
  readonly error: GatewayError | null
}

const credentialNames = new WeakMap<Secret, { readonly provider: string; readonly name: string }>()

/** 'provider#fingerprint': what health knows a credential by. */
export function credentialName(provider: string, credential: Secret | null): string {
  if (credential === null) return `${provider}#none`
  const known = credentialNames.get(credential)
  if (known?.provider === provider) return known.name
  const name = `${provider}#${credential.fingerprint()}`
  credentialNames.set(credential, { provider, name })
  return name
}
