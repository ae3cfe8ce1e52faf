import type { ConfigIssue, Finding } from './issue.ts'
import { readTree, type Reading } from './read.ts'
import { Report } from './report.ts'
import { resolve, type Resolved, type World } from './resolve.ts'
import { validate } from './validate.ts'

export interface ConfigSource {
  readonly text: string
  /** Paths in the file begin at its folder. */
  readonly path: string
}

/** A configuration that can be put in force as a whole. */
export interface Configuration extends Resolved {
  /** Sentences about what holds and may not be meant. */
  readonly warnings: readonly string[]
}

export type Loaded =
  | { readonly config: Configuration }
  /** In the order of the file; never empty. */
  | { readonly errors: readonly ConfigIssue[] }

/** A file this wrong is another file. */
const issuesMax = 50

/**
 * Reads a configuration, and tells everything that is wrong with it at once.
 * @param source  null when there is no file: then the environment says who is live
 */
export function loadConfig(source: ConfigSource | null, world: World): Loaded {
  const reading = readTree(source?.text ?? '', world.env)
  const draft = validate(reading)
  const report = new Report()
  const resolved = resolve(draft, source?.path ?? null, world, report)
  const findings = [...draft.findings, ...report.findings]
  if (findings.length > 0) return { errors: issuesOf(findings, reading) }
  return { config: { ...resolved, warnings: report.warnings } }
}

/** One for each place: a setting that is wrong in two ways is first put right in one. */
function issuesOf(findings: readonly Finding[], { places }: Reading): readonly ConfigIssue[] {
  const byPlace = new Map<string, { readonly offset: number; readonly finding: Finding }>()
  for (const finding of findings) {
    const offset = places.offset(finding.path, finding.at)
    const place = `${offset} ${finding.path.join('\0')}`
    if (!byPlace.has(place)) byPlace.set(place, { offset, finding })
  }
  return [...byPlace.values()]
    .toSorted((left, right) => left.offset - right.offset)
    .slice(0, issuesMax)
    .map(({ finding }) => places.issue(finding))
}
