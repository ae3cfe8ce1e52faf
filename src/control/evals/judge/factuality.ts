import { type GraderKind, noVerdict } from '../grader.ts'
import { nothingWanted, textOf } from '../graders/wanted.ts'
import type { JudgeQuestion } from './ask.ts'
import { answerText, between, conversation, fairness } from './material.ts'
import { opinionsOf, together } from './panel.ts'
import { judgingBy } from './rubric.ts'
import { panelSettings } from './settings.ts'

/** How the facts of an answer can stand to those of a reference, and whether that is right. */
const relations = {
  subset: { score: 1, says: 'it says less than the reference, and nothing against it' },
  superset: { score: 1, says: 'it says more than the reference, and nothing against it' },
  same: { score: 1, says: 'it says the same' },
  contradicts: { score: 0, says: 'it says something against the reference' },
  immaterial: { score: 1, says: 'it differs in ways that do not matter to the facts' },
} as const satisfies Record<string, { score: number; says: string }>

type Relation = keyof typeof relations

/** A judge that holds the facts of an answer against those of a reference. */
export const factuality: GraderKind = {
  says: 'whether a judge finds that the facts of the answer are those of the expected one',
  threshold: 1,
  make: (options) => {
    const reference = options.any('rubric') ?? options.any('value')
    const { judges, combine, judging } = panelSettings(options, {
      kind: 'factuality',
      version: 1,
      calls: 1,
      words: system.length,
      written: [],
    })
    return judgingBy(judging, (tools) => async ({ messages, expected, answer }) => {
      const facts = reference ?? expected
      if (facts === undefined) return noVerdict(nothingWanted)
      const text = answerText(answer)
      if (text === '') return { score: 0, why: 'The answer is empty.' }
      const question: JudgeQuestion<Reply> = {
        system,
        schema,
        text: between([
          { title: 'what was asked', text: conversation(messages) },
          { title: 'reference', text: textOf(facts) },
          { title: 'answer', text },
        ]),
        read: replyOf,
      }
      const meant = ({ relation, reason }: Reply) => ({
        score: relations[relation].score,
        why: `${relation}: ${reason}`,
      })
      return together(await opinionsOf(judges, question, meant, tools), combine, 1)
    })
  },
}

interface Reply {
  readonly reason: string
  readonly relation: Relation
}

const system = [
  'You compare the facts of an answer with those of a reference that is known to be right.',
  fairness,
  'The answer stands to the reference in one of these relations:',
  ...Object.entries(relations).map(([name, { says }]) => `${name}: ${says}`),
  'Reply with JSON: "reason", one or two sentences, and then "relation", one of these words.',
].join('\n')

const schema = {
  type: 'object',
  properties: {
    reason: { type: 'string' },
    relation: { type: 'string', enum: Object.keys(relations) },
  },
  required: ['reason', 'relation'],
  additionalProperties: false,
}

function replyOf({ reason, relation }: Readonly<Record<string, unknown>>): Reply | null {
  if (typeof relation !== 'string' || !Object.hasOwn(relations, relation)) return null
  return { reason: typeof reason === 'string' ? reason : '', relation: relation as Relation }
}
