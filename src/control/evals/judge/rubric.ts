import type { GraderKind, Judging, MakeGrader } from '../grader.ts'
import { textOf } from '../graders/wanted.ts'
import type { Options } from '../options.ts'
import type { JudgeQuestion } from './ask.ts'
import { answerText, between, conversation, fairness } from './material.ts'
import { opinionsOf, together } from './panel.ts'
import { panelSettings } from './settings.ts'

/** From worst to best. */
const scaleUsual = [
  'it fails the criteria',
  'it mostly fails them',
  'it meets some of them',
  'it meets them with small faults',
  'it meets all of them',
]
/** From the last step but one on. */
const passes = 0.75

/** A judge that grades one answer by criteria, on a scale whose every step is described. */
export const rubric: GraderKind = {
  says: 'whether a judge finds that the answer meets criteria, on a scale',
  threshold: passes,
  make: (options) => {
    const criteria = criteriaOf(options)
    const scale = scaleOf(options)
    const { judges, combine, judging } = panelSettings(options, {
      kind: 'rubric',
      version: 1,
      calls: 1,
      words: system(scale).length + criteria.length,
      written: [options.written('rubric'), scale],
    })
    const threshold = options.number('threshold', 0, 1) ?? passes
    return judgingBy(judging, (tools) => async ({ messages, expected, answer }) => {
      const text = answerText(answer)
      if (text === '') return { score: 0, why: 'The answer is empty.' }
      const question: JudgeQuestion<Reply> = {
        system: system(scale),
        schema: schemaOf(scale.length),
        text: between([
          { title: 'what was asked', text: conversation(messages) },
          { title: 'criteria', text: criteria },
          ...(expected === undefined
            ? []
            : [{ title: 'reference answer', text: textOf(expected) }]),
          { title: 'answer', text },
        ]),
        read: (value) => replyOf(value, scale.length),
      }
      const meant = ({ step, reason }: Reply) => ({
        score: (step - 1) / (scale.length - 1),
        why: reason,
      })
      return together(await opinionsOf(judges, question, meant, tools), combine, threshold)
    })
  },
}

/** A grader that says whom it asks. */
export function judgingBy(judging: Judging, make: (tools: Tools) => ReturnType<MakeGrader>) {
  return Object.assign(make, { judging })
}

type Tools = Parameters<MakeGrader>[0]

interface Reply {
  readonly reason: string
  readonly step: number
}

function criteriaOf(options: Options): string {
  const found = options.any('rubric')
  const text =
    typeof found === 'string'
      ? found
      : Array.isArray(found) && found.every((each) => typeof each === 'string')
        ? found.map((each) => `- ${each}`).join('\n')
        : null
  if (text === null || text.trim() === '')
    options.wrong('rubric', 'It needs a rubric: what a good answer has to be, as text or a list.')
  return text ?? ''
}

function scaleOf(options: Options): readonly string[] {
  const scale = options.texts('scale') ?? scaleUsual
  if (scale.length < 2 || scale.length > 10)
    options.wrong('scale', 'scale has to be a list of 2 to 10 steps, described from worst to best.')
  return scale.length < 2 ? scaleUsual : scale
}

function system(scale: readonly string[]): string {
  return [
    'You grade an answer that a model gave.',
    fairness,
    'Where there is a reference answer, an answer may say the same in other words.',
    'The scale:',
    ...scale.map((step, index) => `${index + 1}: ${step}`),
    `Reply with JSON: "reason", one or two sentences, and then "score", a whole number from 1 to ${scale.length}.`,
  ].join('\n')
}

function schemaOf(steps: number) {
  return {
    type: 'object',
    properties: {
      reason: { type: 'string' },
      score: { type: 'integer', minimum: 1, maximum: steps },
    },
    required: ['reason', 'score'],
    additionalProperties: false,
  }
}

function replyOf(value: Readonly<Record<string, unknown>>, steps: number): Reply | null {
  const { reason, score } = value
  if (typeof score !== 'number' || !Number.isInteger(score) || score < 1 || score > steps)
    return null
  return { reason: typeof reason === 'string' ? reason : '', step: score }
}
