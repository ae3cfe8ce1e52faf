import type { JudgingDefaults, SuiteFiles } from './options.ts'
import { Findings } from './reading/findings.ts'
import type { LoggedCalls } from './reading/from-calls.ts'
import { readNative } from './reading/native.ts'
import { Spot } from './reading/spot.ts'
import { readPromptfoo } from './promptfoo/read.ts'
import type { Suite } from './suite.ts'

export interface SuiteSource {
  /** As messages name it. */
  readonly file: string
  readonly text: string
  readonly files: SuiteFiles
  readonly logged: LoggedCalls
  /** For graders of promptfoo's that name no model of embeddings; null when none was named. */
  readonly embeddings: string | null
  /** For graders that ask models to judge and name none, or no labels. */
  readonly judging?: JudgingDefaults
}

/**
 * Reads a file of evaluations: Freehold's own format, or promptfoo's, which is known by its `tests` or
 * `prompts`.
 * @throws SuiteFault with a sentence for each thing that is wrong
 */
export async function readSuite(source: SuiteSource): Promise<Suite> {
  const { file, text, files, logged, embeddings } = source
  const judging = source.judging ?? { judges: [], labels: null }
  const root = Spot.parse(file, text)
  const findings = new Findings()
  if (!root.isMap)
    findings.wrong(root.place, 'This is no map of settings. An evaluation has cases and graders.')
  findings.check()
  const foreign = root.get('tests') !== undefined || root.get('prompts') !== undefined
  const suite = foreign
    ? readPromptfoo(root, file, { findings, files, embeddings, judging })
    : await readNative(root, file, { findings, files, logged, judging })
  findings.check()
  if (suite.cases.length === 0) {
    findings.wrong(root.place, 'There are no cases.')
    findings.check()
  }
  return { ...suite, notes: findings.notes }
}
