import type { StatusJson } from '../../../src/server/contract/status.ts'
import { count, unknown } from '../../parts/format.ts'
import type { Tone } from '../../parts/states.tsx'

type Resting = StatusJson['resting'][number]

export const causes = {
  failing: 'too many of its answers failed',
  rate: 'it asked for slower calls',
  key: 'it refused its key',
  quota: 'its quota is used up',
  arrears: 'its bill is not paid',
} satisfies Record<Resting['cause'], string>

/** Alarms that tell of a provider being left alone. */
export const ejections: Readonly<Record<string, string>> = {
  provider_down: 'failing',
  provider_key: 'key refused',
  provider_quota: 'quota used up',
  provider_arrears: 'not paid',
}

/** Whose subject 'acme', 'acme/large', 'acme#1f3a' or 'acme/large#1f3a' is. */
export function providerOf(subject: string): string {
  return /^[^/#]+/.exec(subject)?.[0] ?? subject
}

export interface Breaker {
  readonly tone: Tone
  readonly word: string
  readonly says: string
}

/** How the breakers of a provider stand: its own, and those of its models and keys. */
export function breakerOf(id: string, resting: readonly Resting[]): Breaker {
  const own = resting.filter(({ subject }) => providerOf(subject) === id)
  const whole = own.find(({ subject }) => subject === id)
  if (whole !== undefined)
    return {
      tone: 'bad',
      word: 'left alone',
      says: `The provider is left alone: ${causes[whole.cause]}.`,
    }
  const worst = own.find(({ cause }) => cause !== 'rate') ?? own[0]
  if (worst === undefined)
    return { tone: 'good', word: 'closed', says: 'Everything of it may be asked.' }
  return {
    tone: worst.cause === 'rate' ? 'info' : 'warning',
    word: worst.cause === 'rate' ? 'slowed' : 'partly left alone',
    says: own.map(({ subject, cause }) => `${subject}: ${causes[cause]}`).join('; '),
  }
}

export const endings: Readonly<Record<string, string>> = {
  provider_error: 'refused or failed',
  provider_cut: 'cut off',
  timeout: 'too slow',
  unreachable: 'not reached',
  gateway_error: 'gateway’s own',
  unknown: 'end not known',
}

/** Tokens a second. */
export function perSecond(value: number | null): string {
  if (value === null) return unknown
  return `${value < 10 ? value.toFixed(1) : count(value)}/s`
}
