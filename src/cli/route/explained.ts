import { explain } from '../../routing/calibrated/explain.ts'
import { embeddingsOf } from '../../routing/calibrated/rule.ts'
import type { Context, ExitCode } from '../command.ts'
import { printable, table as tableText } from '../print.ts'
import { vectorOf } from './embed.ts'
import { readPolicy } from './policy.ts'

/** What a policy makes of a prompt, and by which words and neighbours. */
export async function explained(context: Context, path: string, prompt: string): Promise<ExitCode> {
  const { rule } = readPolicy(path)
  const { print, json } = context
  if (rule.method === 'static') {
    if (json)
      print.out(JSON.stringify({ method: 'static', decision: null, model: rule.model, words: [] }))
    else print.out(`No routing: every prompt goes to ${printable(rule.model)}.`)
    return 0
  }
  const embeddings = embeddingsOf(rule)
  const vector = embeddings === null ? null : await vectorOf(context, embeddings, prompt)
  if (embeddings !== null && vector === null) return 1
  const told = explain(rule, prompt, vector)
  const model = told.decision === 'strong' ? rule.strong : rule.cheap
  if (json) {
    print.out(JSON.stringify({ method: rule.method, model, ...told }))
    return 0
  }
  const said = {
    strong: `${rule.strong} is asked at once.`,
    cheap: `${rule.cheap} is asked, and its answer is the answer.`,
    'cheap-first': `${rule.cheap} is asked first${rule.second === null ? '' : `, and ${rule.second}`}; what it says decides whether ${rule.strong} is asked.`,
  }
  print.out(printable(said[told.decision]))
  if (told.worth !== null)
    print.out(
      `Asking ${printable(rule.strong)} is worth ${told.worth.toPrecision(3)} here; above ${told.threshold.toPrecision(3)} it is asked at once.`,
    )
  if (told.neighbours.length > 0) {
    print.out('')
    print.out(
      tableText(
        told.neighbours,
        [
          { title: 'LIKE', value: ({ id }) => id, shrinks: true },
          { title: 'LIKENESS', value: ({ likeness }) => likeness.toFixed(3), right: true },
          {
            title: printable(rule.cheap),
            value: ({ cheap }) => String(Number(cheap.toFixed(3))),
            right: true,
          },
          {
            title: printable(rule.strong),
            value: ({ strong }) => String(Number(strong.toFixed(3))),
            right: true,
          },
        ],
        print,
      ),
    )
  }
  if (told.words.length > 0) {
    print.out('')
    print.out(
      tableText(
        told.words,
        [
          { title: 'WORDS', value: ({ text }) => text, shrinks: true },
          { title: 'WEIGHT', value: ({ weight }) => weight.toFixed(4), right: true },
          { title: 'SPEAKS FOR', value: ({ weight }) => (weight > 0 ? rule.strong : rule.cheap) },
        ],
        print,
      ),
    )
  }
  return 0
}
