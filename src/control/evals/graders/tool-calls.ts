import type { AskedTool } from '../../../core/caller.ts'
import { misfit } from '../../../core/misfit.ts'
import { type Detail, type GraderKind, judged, noVerdict } from '../grader.ts'
import { jsonIn } from './json.ts'
import { nothingWanted, wantedOf } from './wanted.ts'

/**
 * The calls of tools are the expected ones. Each expected call has a name, and `arguments` that have to be
 * equal, or a `schema` that they have to fit; without either any will do.
 */
export const toolCalls: GraderKind = {
  says: 'the calls of tools are the expected ones, by name and arguments',
  threshold: 1,
  make: (options) => {
    const wanted = wantedOf(options)
    const inOrder = options.choice('order', ['any', 'same'], 'any') === 'same'
    const mayHaveMore = options.flag('more', false)
    const subset = options.choice('arguments', ['equal', 'subset', 'ignore'], 'equal')
    return () => (input) => {
      const said = wanted(input)
      if (said === undefined) return noVerdict(nothingWanted)
      const expected = expectedCalls(said)
      if (expected === null)
        return noVerdict('Expected calls are a list of {"name": ..., "arguments": {...}}.')
      const found = input.answer.toolCalls
      const counted = mayHaveMore ? expected.length : Math.max(expected.length, found.length)
      if (counted === 0) return judged(true, 'No tool is called, as expected.')
      const { right, details } = matched(expected, found, { inOrder, mayHaveMore, subset })
      return {
        score: right / counted,
        why:
          right === counted
            ? `All ${expected.length} calls are as expected.`
            : `${right} of ${counted} calls are as expected.`,
        details,
      }
    }
  },
}

interface ExpectedCall {
  readonly name: string
  readonly arguments?: unknown
  readonly schema?: unknown
}

interface Rules {
  readonly inOrder: boolean
  readonly mayHaveMore: boolean
  readonly subset: 'equal' | 'subset' | 'ignore'
}

/** OpenAI's shape, with the name under `function` and arguments as text, is read too. */
function expectedCalls(said: unknown): readonly ExpectedCall[] | null {
  const value = typeof said === 'string' ? jsonIn(said, false) : said
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const calls = list.map((item): ExpectedCall | null => {
    if (typeof item !== 'object' || item === null) return null
    const { function: inner, ...outer } = item as Record<string, unknown>
    const call = (inner ?? outer) as Record<string, unknown>
    if (typeof call['name'] !== 'string') return null
    const given = call['arguments']
    return {
      name: call['name'],
      ...(given === undefined
        ? {}
        : { arguments: typeof given === 'string' ? jsonIn(given, false) : given }),
      ...(call['schema'] === undefined ? {} : { schema: call['schema'] }),
    }
  })
  return calls.every((call) => call !== null) ? calls : null
}

function matched(
  expected: readonly ExpectedCall[],
  found: readonly AskedTool[],
  rules: Rules,
): { right: number; details: readonly Detail[] } {
  const left = found.map((call, index) => ({ call, index }))
  const details: Detail[] = []
  let right = 0
  let from = 0
  for (const [place, call] of expected.entries()) {
    const index = left.findIndex(
      (each) =>
        (!rules.inOrder || (rules.mayHaveMore ? each.index >= from : each.index === place)) &&
        wrongWith(call, each.call, rules) === null,
    )
    if (index !== -1) {
      from = left[index]!.index + 1
      left.splice(index, 1)
      right += 1
      continue
    }
    const near = found.find(({ name }) => name === call.name)
    details.push({
      where: `call ${place + 1}`,
      expected: `${call.name}(${shown(call.arguments)})`,
      found: near === undefined ? '(absent)' : `${near.name}(${near.arguments.slice(0, 200)})`,
    })
  }
  if (!rules.mayHaveMore && found.length > expected.length)
    for (const { call, index } of left.slice(0, found.length - expected.length))
      details.push({
        where: `call ${index + 1}`,
        expected: '(absent)',
        found: `${call.name}(${call.arguments.slice(0, 200)})`,
      })
  return { right, details }
}

/** Null when the call is the expected one. */
function wrongWith(expected: ExpectedCall, found: AskedTool, { subset }: Rules): string | null {
  if (found.name !== expected.name) return 'another tool'
  if (subset === 'ignore') return null
  // A tool without parameters is called with nothing, or with an empty object.
  const value = found.arguments.trim() === '' ? {} : jsonIn(found.arguments, false)
  if (value === undefined) return 'arguments that are no JSON'
  if (expected.schema !== undefined) return misfit(value, expected.schema)
  if (expected.arguments === undefined) return null
  const fits =
    subset === 'equal'
      ? Bun.deepEquals(value, expected.arguments)
      : holds(value, expected.arguments)
  return fits ? null : 'other arguments'
}

/** Whether a value has all that another one has. */
function holds(value: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null || Array.isArray(part))
    return Bun.deepEquals(value, part)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(part).every(
    ([name, inner]) =>
      Object.hasOwn(value, name) && holds((value as Record<string, unknown>)[name], inner),
  )
}

function shown(value: unknown): string {
  const text = value === undefined ? '' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
