import type { CertificateJson } from '../../../src/server/contract/certificates.ts'
import type { RouteJson } from '../../../src/server/contract/routing.ts'
import type { TaskJson } from '../../../src/server/contract/tasks.ts'
import { duration, percent } from '../../parts/format.ts'
import type { Tone } from '../../parts/states.tsx'

/** What is proven of a task now, in one word and one sentence. */
export interface Standing {
  readonly tone: Tone
  readonly word: string
  readonly says: string
}

/** A figure of a proof, as far as whoever wrote it said it. */
export interface Figure {
  readonly mean: number | null
  readonly interval: readonly [number, number] | null
  readonly n: number | null
}

const dayMs = 86_400_000
/** As long as a proof says something of the models of then, where it does not say so itself. */
const validUsual = 90

export function standingOf(
  task: TaskJson,
  route: RouteJson | null,
  certificates: readonly CertificateJson[],
): Standing {
  if (route?.audit?.alarm === true)
    return {
      tone: 'bad',
      word: 'quality alarm',
      says: 'The audits say that quality has fallen: the strong model answers alone.',
    }
  if (route !== null && route.fallback !== null)
    return {
      tone: 'warning',
      word: 'not in force',
      says: `The strong model answers alone: ${route.fallback}.`,
    }
  if (route?.certificate && route.proven) {
    const { quality, confidence } = route.certificate
    const sure = confidence === null ? '' : ` at ${percent(confidence)} confidence`
    return {
      tone: 'good',
      word: `${percent(quality)} proven`,
      says: `The policy keeps ${percent(quality)} of the strong model's quality${sure}.`,
    }
  }
  const swap = lastSwap(task, certificates)
  if (swap !== null) {
    const { difference, candidate, incumbent } = proofOf(swap)
    const isOld = isOver(swap, Date.now())
    return {
      tone: isOld ? 'warning' : 'good',
      word: isOld ? 'proof is old' : 'swap proven',
      says: `${candidate ?? swap.models.after[0]} was measured against ${incumbent ?? swap.models.before[0]}: ${points(difference)}.`,
    }
  }
  return {
    tone: 'plain',
    word: 'not measured',
    says: 'No evaluation has been kept for what answers this task now.',
  }
}

/** The proof of the models that stand behind the task now; null when another swap came after it. */
export function lastSwap(
  { name, models }: TaskJson,
  certificates: readonly CertificateJson[],
): CertificateJson | null {
  const first = models[0]?.model
  return (
    certificates.find(({ task, models: { after } }) => task === name && after[0] === first) ?? null
  )
}

export interface Proof {
  readonly says: string | null
  readonly incumbent: string | null
  readonly candidate: string | null
  readonly difference: Figure
  readonly margin: number | null
  readonly pValue: number | null
  readonly evaluation: string | null
  readonly graders: readonly string[]
  readonly validDays: number
}

/** What another version wrote may lack what is looked for here. */
export function proofOf({ proof }: CertificateJson): Proof {
  const evaluation = recordOf(proof['evaluation'])
  const graders = proof['graders']
  return {
    says: textOf(proof['says']),
    incumbent: textOf(proof['incumbent']),
    candidate: textOf(proof['candidate']),
    difference: figureOf(proof['difference']),
    margin: numberOf(proof['margin']),
    pValue: numberOf(proof['p_value']),
    evaluation: textOf(evaluation['file']) ?? textOf(evaluation['name']),
    graders: Array.isArray(graders) ? graders.filter((each) => typeof each === 'string') : [],
    validDays: numberOf(proof['valid_days']) ?? validUsual,
  }
}

export function isOver(certificate: CertificateJson, nowMs: number): boolean {
  return nowMs - Date.parse(certificate.at) > proofOf(certificate).validDays * dayMs
}

/** '+0.4 points, −1.2 to +2.0 of 200 cases' */
export function points({ mean, interval, n }: Figure): string {
  if (mean === null) return 'difference not told'
  const around = interval === null ? '' : `, ${signed(interval[0])} to ${signed(interval[1])}`
  return `${signed(mean)} points${around}${n === null ? '' : ` in ${n} cases`}`
}

/** In points of a hundred. */
export function signed(share: number): string {
  const value = share * 100
  const text = Math.abs(value).toFixed(1)
  return text === '0.0' ? '0.0' : `${value < 0 ? '−' : '+'}${text}`
}

function figureOf(value: unknown): Figure {
  const { mean, interval, n } = recordOf(value)
  const [low, high] = Array.isArray(interval) ? interval.map(numberOf) : []
  return {
    mean: numberOf(mean),
    interval: typeof low === 'number' && typeof high === 'number' ? [low, high] : null,
    n: numberOf(n),
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
] as const

/** A length that somebody set, as they would say it: '1 h' and not '60 min 0 s'. */
export function lasting(ms: number): string {
  const unit = units.find(([each]) => ms >= each && ms % each === 0)
  return unit === undefined ? duration(ms * 1_000) : `${ms / unit[0]} ${unit[1]}`
}

/** For the axis of a chart, which begins at nothing. */
export function axisDuration(us: number | null): string {
  return us === 0 ? '0' : duration(us)
}
