import type { Answered, Caller, ChatMessage, Embedder } from '../../core/caller.ts'
import type { Extra } from '../../core/extra.ts'
import type { Money } from '../../core/money.ts'
import type { Options } from './options.ts'

/** What a grader sees of one answer to one case. */
export interface GraderInput {
  /** What was asked, system prompt included. */
  readonly messages: readonly ChatMessage[]
  /** The members of the request beside the messages: tools, response_format. */
  readonly params: Extra
  readonly vars: Extra
  /** Undefined when the case states none; null is a value. */
  readonly expected: unknown
  readonly answer: Answered
  /** The other side of a pair, where it is known and need not be asked for. */
  readonly reference?: string
}

/** What one grader says of one answer. */
export interface Graded {
  /** In [0, 1]; null is no verdict, which is never taken for 0. */
  readonly score: number | null
  /** One sentence: what was found, or why there is no verdict. */
  readonly why: string
  /** Per path or criterion, for the report. */
  readonly details?: readonly Detail[]
  /** What the grading itself cost; null when that is not known, absent when nothing was asked. */
  readonly cost?: Money | null
  /** Of a judge of pairs: what it said with the answer first, and with the answer second; 1 is for the answer. */
  readonly positions?: { readonly first: number; readonly second: number }
}

export interface Detail {
  readonly where: string
  readonly expected: string
  readonly found: string
}

/** Pure and deterministic, except those that ask a model. A throw is no verdict. */
export type Grader = (input: GraderInput) => Graded | Promise<Graded>

/** What graders are given that reaches beyond them. */
export interface GraderTools {
  readonly ask: Caller
  readonly embed: Embedder
  readonly sandbox: Sandbox
  readonly signal: AbortSignal
}

/**
 * Where code and patterns run that might never end: a process of its own, ended at a time limit.
 * @throws SandboxFault
 */
export interface Sandbox {
  /**
   * A function of a file, called with plain data.
   * @param name  of the export; null: the default one
   */
  run(code: Code): Promise<unknown>
  /** Whether a regular expression is found in each of the texts. */
  matches(source: string, flags: string, texts: readonly string[]): Promise<readonly boolean[]>
}

export interface Code {
  readonly path: string
  readonly name: string | null
  readonly arguments: readonly unknown[]
  readonly timeoutMs: number
}

/** The code threw, could not be loaded, or took too long. */
export class SandboxFault extends Error {
  override readonly name = 'SandboxFault'
}

/** A kind of grader by its name in the file. */
export interface GraderKind {
  readonly says: string
  /** The share of the score from which an answer passes, where the file does not say. */
  readonly threshold: number
  /**
   * Reads its settings; what is wrong with them is told to `options`.
   * @returns for each run a grader with its tools
   */
  readonly make: (options: Options) => MakeGrader
}

export interface MakeGrader {
  (tools: GraderTools): Grader
  /** Of one that asks models to judge. */
  readonly judging?: Judging
}

/** Whom a grader asks to judge, and what is known of how they do. */
export interface Judging {
  /** The name of its kind. */
  readonly kind: string
  /** Tasks or 'provider/model'. */
  readonly judges: readonly string[]
  /** Calls for one answer, when every reply can be read. */
  readonly calls: number
  /** Characters of the words around what is graded. */
  readonly words: number
  /** Changes with the judges, what they are told, and how they are counted. */
  readonly identity: string
  readonly labels: readonly JudgeLabel[]
  /** How long a calibration holds. */
  readonly validDays: number
  /** The model whose answers are the other side of each pair; null where there is none. */
  readonly against: string | null
}

/** What a person said of an answer. */
export interface JudgeLabel {
  /** Of a case of the suite; null where it says itself what was asked. */
  readonly case: string | null
  /** Who answered; null where nobody is named. */
  readonly model: string | null
  /** Null: what the model of the label answers in this run. */
  readonly answer: string | null
  readonly question: string | null
  /** Undefined: what the case expects. */
  readonly expected: unknown
  /** In [0, 1]. */
  readonly label: number
}

/** A verdict of 1 or 0. */
export function judged(right: boolean, why: string): Graded {
  return { score: right ? 1 : 0, why }
}

export function noVerdict(why: string): Graded {
  return { score: null, why }
}
