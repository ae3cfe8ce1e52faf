import { add, type Money } from '../../../core/money.ts'
import { type Graded, type GraderKind, type GraderTools, noVerdict } from '../grader.ts'
import { nothingWanted, textOf } from '../graders/wanted.ts'
import { askJudge, type JudgeQuestion } from './ask.ts'
import { answerText, between, conversation, fairness } from './material.ts'
import { type Opinion, together, unreadable } from './panel.ts'
import { judgingBy } from './rubric.ts'
import { panelSettings } from './settings.ts'

const criteriaUsual = 'Which answer is more right, more useful and better to the point?'

/**
 * A judge that says which of two answers is better: this one, or the expected one or another model's. Each pair is
 * judged twice, with the places swapped; one that is judged otherwise after the swap is a tie.
 */
export const pairwise: GraderKind = {
  says: 'whether a judge prefers the answer to the expected one, or to that of another model',
  threshold: 0.5,
  make: (options) => {
    const criteria = options.text('criteria') ?? criteriaUsual
    const against = options.text('against') ?? null
    const { judges, combine, judging } = panelSettings(options, {
      kind: 'pairwise',
      version: 1,
      calls: 2,
      words: system.length + criteria.length,
      written: [options.written('criteria') ?? criteriaUsual],
      against,
    })
    return judgingBy(
      judging,
      (tools) =>
        async ({ messages, params, expected, answer, reference }) => {
          const text = answerText(answer)
          let other: string
          let spent: Money | null | undefined
          if (reference !== undefined) other = reference
          else if (against === null) {
            if (expected === undefined) return noVerdict(nothingWanted)
            other = textOf(expected)
          } else {
            if (answer.model === against)
              return { score: 0.5, why: 'It is the answer of the model that it is compared with.' }
            const asked = { model: against, messages, params, feature: 'eval' }
            const said = await tools.ask(asked, tools.signal)
            other = answerText(said)
            spent = said.cost
          }
          if (text === other.trim())
            return { score: 0.5, why: 'Both answers are the same.', ...costOf(spent) }
          const opinions: Opinion[] = []
          for (const judge of judges)
            opinions.push(
              await opinionOf(judge, conversation(messages), criteria, text, other, tools),
            )
          const graded = together(opinions, combine, 0.5)
          return spent === undefined ? graded : withCost(graded, spent)
        },
    )
  },
}

function costOf(spent: Money | null | undefined): { readonly cost?: Money | null } {
  return spent === undefined ? {} : { cost: spent }
}

function withCost(graded: Graded, spent: Money | null): Graded {
  const { cost } = graded
  return {
    ...graded,
    cost: cost === null || cost === undefined || spent === null ? null : add(cost, spent),
  }
}

async function opinionOf(
  judge: string,
  asked: string,
  criteria: string,
  answer: string,
  other: string,
  tools: GraderTools,
): Promise<Opinion> {
  const question = (first: string, second: string): JudgeQuestion<Reply> => ({
    system,
    schema,
    text: between([
      { title: 'what was asked', text: asked },
      { title: 'criteria', text: criteria },
      { title: 'first answer', text: first },
      { title: 'second answer', text: second },
    ]),
    read: replyOf,
  })
  const straight = await askJudge(judge, question(answer, other), tools)
  const swapped = await askJudge(judge, question(other, answer), tools)
  const cost =
    straight.cost === null || swapped.cost === null ? null : add(straight.cost, swapped.cost)
  if (straight.reply === null || swapped.reply === null)
    return { judge, score: null, why: unreadable, cost }
  const first = forFirst[straight.reply.better]
  const second = 1 - forFirst[swapped.reply.better]
  const agreed = first === second
  return {
    judge,
    score: agreed ? first : 0.5,
    why: agreed
      ? straight.reply.reason
      : 'With the places swapped it was judged otherwise, so it is a tie.',
    positions: { first, second },
    cost,
  }
}

const forFirst = { first: 1, tie: 0.5, second: 0 } as const

interface Reply {
  readonly reason: string
  readonly better: keyof typeof forFirst
}

const system = [
  'You compare two answers to the same question.',
  fairness,
  'The order in which they stand says nothing of which is better.',
  'Reply with JSON: "reason", one or two sentences, and then "better": first, second or tie.',
].join('\n')

const schema = {
  type: 'object',
  properties: {
    reason: { type: 'string' },
    better: { type: 'string', enum: Object.keys(forFirst) },
  },
  required: ['reason', 'better'],
  additionalProperties: false,
}

function replyOf({ reason, better }: Readonly<Record<string, unknown>>): Reply | null {
  if (typeof better !== 'string' || !Object.hasOwn(forFirst, better)) return null
  return {
    reason: typeof reason === 'string' ? reason : '',
    better: better as Reply['better'],
  }
}
