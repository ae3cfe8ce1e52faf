import type { Extra } from '../../../core/extra.ts'
import { didYouMean } from '../../../core/spelling.ts'
import { graderKinds } from '../graders/index.ts'
import { type JudgingDefaults, Options, type SuiteFiles } from '../options.ts'
import type { Findings } from '../reading/findings.ts'
import { Spot } from '../reading/spot.ts'
import { fillDeep } from '../reading/template.ts'
import type { Check } from '../suite.ts'
import { assertionTypes, mapped } from './assertions.ts'
import { embeddingsOf, judgesOf } from './providers.ts'

export interface AssertionParts {
  readonly findings: Findings
  readonly files: SuiteFiles
  readonly embeddings: string | null
  readonly judging: JudgingDefaults
  /** The provider that is named first: whom the others are compared with. */
  readonly first: string | null
  /** Where `$ref: '#/assertionTemplates/name'` leads. */
  readonly templates: Spot | undefined
}

export interface ReadChecks {
  readonly checks: readonly Check[]
  /** Sentences about assertions that cannot be read; with one of them the case has no verdict. */
  readonly unsupported: readonly string[]
}

/** What stands under `assert` of a test, with the variables of the case. */
export function readAssertions(
  spots: readonly Spot[],
  vars: Extra,
  parts: AssertionParts,
): ReadChecks {
  const unsupported: string[] = []
  const checks = spots.flatMap((spot) => {
    const check = checkOf(followed(spot, parts), vars, parts)
    if (typeof check !== 'string') return check === null ? [] : [check]
    unsupported.push(check)
    parts.findings.note(spot.place, check)
    return []
  })
  return { checks, unsupported }
}

function followed(spot: Spot, { templates, findings }: AssertionParts): Spot {
  const reference = spot.get('$ref')?.value
  if (typeof reference !== 'string') return spot
  const name = reference.replace('#/assertionTemplates/', '')
  const found = templates?.get(name)
  if (found === undefined)
    findings.wrong(spot.place, `No template of assertions is called ${JSON.stringify(name)}.`)
  return found ?? spot
}

/** @returns a sentence for what is not supported, null for what is wrong and was told */
function checkOf(spot: Spot, vars: Extra, parts: AssertionParts): Check | string | null {
  const { findings, files, embeddings, judging } = parts
  const written = spot.get('type')?.value
  if (typeof written !== 'string') {
    findings.wrong(spot.place, 'An assertion needs a type, as { type: contains, value: yes }.')
    return null
  }
  const weight = numberAt(spot, 'weight', findings) ?? 1
  const metric = spot.get('metric')?.value
  const named = { weight, metric: typeof metric === 'string' ? metric : null }
  const threshold = numberAt(spot, 'threshold', findings)
  if (written === 'assert-set') {
    const inner = readAssertions(spot.get('assert')?.items ?? [], vars, parts)
    if (inner.unsupported.length > 0) return inner.unsupported[0]!
    return { kind: 'set', name: 'assert-set', ...named, threshold, checks: inner.checks }
  }
  const inverted = written.startsWith('not-')
  const type = inverted ? written.slice('not-'.length) : written
  if (spot.get('transform') !== undefined || spot.get('contextTransform') !== undefined)
    return `The assertion ${written} has a transform, which is code within the file and is not run here.`
  let value = spot.get('value')?.value
  if (value !== undefined && !(typeof value === 'string' && value.startsWith('file://'))) {
    try {
      value = fillDeep(value, vars)
    } catch (error) {
      findings.wrong(spot.get('value')!.place, (error as Error).message)
      return null
    }
  }
  const made = mapped(type, {
    value,
    threshold,
    embeddings: embeddingsOf(spot.get('provider')?.value) ?? embeddings,
    judges: judgesOf(spot.get('provider')?.value) ?? judging.judges,
    first: parts.first,
  })
  if (typeof made === 'string')
    return assertionTypes.has(type) ? made : `${made}${didYouMean(type, assertionTypes)}`
  const kind = graderKinds.get(made.grader)!
  const settings = Object.fromEntries(
    Object.entries(made.settings).filter(([, each]) => each !== undefined),
  )
  // Its templates are filled: what came from a variable may look like one, and is none.
  const options = new Options(Spot.at(settings, spot.place), spot.place, {
    findings,
    files,
    vars: null,
    judging,
    written: Object.fromEntries(
      ['rubric', 'criteria'].map((name) => [name, spot.get('value')?.value ?? null]),
    ),
  })
  return {
    kind: 'one',
    name: written,
    ...named,
    threshold: made.threshold ?? kind.threshold,
    inverted,
    grader: kind.make(options),
  }
}

function numberAt(spot: Spot, name: string, findings: Findings): number | null {
  const found = spot.get(name)
  if (found === undefined || found.value === null) return null
  const value = typeof found.value === 'string' ? Number(found.value) : found.value
  if (typeof value === 'number' && value >= 0) return value
  findings.wrong(found.place, `${name} has to be a number from 0.`)
  return null
}
