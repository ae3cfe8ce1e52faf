import { type Graded, type GraderKind, noVerdict } from '../grader.ts'

const timeoutMs = 5_000
const timeoutMsMax = 600_000

/**
 * A function of the user's own, from a file beside the suite. It is called as `grade({ output, expected,
 * vars, ... })` and answers true or false, a number from 0 to 1, or `{ score, why }`. Code that stands in
 * the suite itself is never run, and none comes over HTTP: a file is what its owner put on the disk.
 */
export const code: GraderKind = {
  says: 'a function of your own, from a file',
  threshold: 1,
  make: (options) => {
    const file = options.file('file')
    if (file === undefined && !options.has('file'))
      options.wrong('file', 'It needs a file of TypeScript: file: file://check.ts')
    const time = options.number('timeout_ms', 1, timeoutMsMax) ?? timeoutMs
    // promptfoo's way to call: the output, then what else there is.
    const apart = options.choice(
      'calls',
      ['grade(input)', 'grade(output, context)'],
      'grade(input)',
    )
    return ({ sandbox }) =>
      async ({ answer, expected, vars, messages }) => {
        if (file === undefined) return noVerdict('There is no file.')
        const output = answer.text ?? ''
        const { toolCalls, finish, refusal } = answer
        const input = { output, expected, vars, messages, toolCalls, finish, refusal }
        const said = await sandbox.run({
          path: file.path,
          name: file.part,
          arguments: apart === 'grade(input)' ? [input] : [output, { ...input, prompt: messages }],
          timeoutMs: time,
        })
        return gradedOf(said)
      }
  },
}

function gradedOf(said: unknown): Graded {
  if (typeof said === 'boolean') return { score: said ? 1 : 0, why: `It said ${said}.` }
  if (typeof said === 'number') return inRange(said, null)
  if (typeof said !== 'object' || said === null)
    return noVerdict(
      `The code answered ${JSON.stringify(said) ?? 'nothing'}. It has to answer true or false, a number from 0 to 1, or {score, why}.`,
    )
  const { score, pass, why, reason } = said as Readonly<Record<string, unknown>>
  const words = typeof why === 'string' ? why : typeof reason === 'string' ? reason : null
  if (score === null) return noVerdict(words ?? 'The code gave no verdict.')
  if (typeof score === 'number') return inRange(score, words)
  if (typeof pass === 'boolean') return { score: pass ? 1 : 0, why: words ?? `It said ${pass}.` }
  return noVerdict('The code answered an object without a score.')
}

function inRange(score: number, why: string | null): Graded {
  if (score >= 0 && score <= 1) return { score, why: why ?? `It said ${score}.` }
  return noVerdict(`The code answered the score ${score}. Scores are from 0 to 1.`)
}
