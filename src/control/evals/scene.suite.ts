import type { Answered } from '../../core/caller.ts'
import { nothing } from '../../core/money.ts'
import type { GraderTools, Sandbox } from './grader.ts'
import type { SuiteFiles } from './options.ts'
import type { Job } from './plan.ts'
import { readSuite } from './read.ts'
import type { LoggedCalls } from './reading/from-calls.ts'
import type { Result } from './run.ts'
import type { EvalCase, Suite } from './suite.ts'

/** For tests of evaluations: files that are texts, answers that are said, a sandbox without a process. */

const noCalls: LoggedCalls = async () => []

function filesOf(texts: Readonly<Record<string, string>>): SuiteFiles {
  return {
    absolute: (path) => `/suite/${path}`,
    shown: (path) => path,
    read: (path) => {
      const text = texts[path]
      if (text === undefined) throw new Error(`${path} cannot be read: there is no such file.`)
      return text
    },
  }
}

export interface SceneOptions {
  readonly files?: Readonly<Record<string, string>>
  readonly logged?: LoggedCalls
  readonly embeddings?: string
  readonly judges?: readonly string[]
}

export function suiteOf(
  text: string,
  { files = {}, logged = noCalls, embeddings, judges = [] }: SceneOptions = {},
): Promise<Suite> {
  return readSuite({
    file: 'suite.yaml',
    text,
    files: filesOf(files),
    logged,
    embeddings: embeddings ?? null,
    judging: { judges, labels: null },
  })
}

/** What is wrong with a suite, sentence by sentence. */
export async function faultsOf(text: string, options?: SceneOptions): Promise<readonly string[]> {
  try {
    await suiteOf(text, options)
    return []
  } catch (error) {
    return (error as Error).message.split('\n')
  }
}

export function anAnswer(parts: Partial<Answered> = {}): Answered {
  return {
    callId: null,
    model: 'acme/large',
    text: '',
    refusal: null,
    toolCalls: [],
    finish: 'stop',
    inputTokens: 10,
    outputTokens: 5,
    cost: null,
    latencyMs: 100,
    logprobs: null,
    ...parts,
  }
}

/** Runs expressions where it stands, and no code. */
const here: Sandbox = {
  run: () => Promise.reject(new Error('no code runs here')),
  matches: async (source, flags, texts) =>
    texts.map((text) => new RegExp(source, flags).test(text)),
}

export function toolsOf(parts: Partial<GraderTools> = {}): GraderTools {
  return {
    ask: () => Promise.reject(new Error('nobody is asked here')),
    embed: () => Promise.reject(new Error('nobody is asked here')),
    sandbox: here,
    signal: new AbortController().signal,
    ...parts,
  }
}

export function aCase(id: string, parts: Partial<EvalCase> = {}): EvalCase {
  return {
    id,
    place: { file: 'suite.yaml', line: 1, column: 1 },
    description: null,
    cluster: `case ${id}`,
    variant: null,
    vars: {},
    messages: [{ role: 'user', content: `question ${id}` }],
    params: {},
    expected: undefined,
    checks: [],
    threshold: null,
    ungradable: null,
    ...parts,
  }
}

/** A graded answer; a score of null is no verdict. */
export function aResult(
  each: EvalCase,
  model: string,
  score: number | null,
  parts: { readonly repeat?: number; readonly answer?: Partial<Answered> } = {},
): Result {
  const { repeat = 0, answer } = parts
  const question = { model, messages: each.messages, params: each.params, feature: 'eval' }
  const job: Job = { each, model, repeat, question, key: `${model} ${each.id} ${repeat}` }
  const passed = score === null ? null : score === 1
  const check = {
    name: 'exact',
    metric: 'exact',
    weight: 1,
    score,
    passed,
    why: 'It was said.',
    details: [],
  }
  return {
    job,
    answer: anAnswer({ model, ...answer }),
    failure: null,
    grade: { score, passed, checks: [check], cost: nothing },
    kept: false,
  }
}
