import type { Extra } from '../../../core/extra.ts'
import { misfit } from '../../../core/misfit.ts'
import { type GraderKind, judged, noVerdict } from '../grader.ts'
import type { Options } from '../options.ts'
import { jsonIn } from './json.ts'

/** The answer is JSON, and fits a schema: the grader's own, else the one that the request asks for. */
export const jsonSchema: GraderKind = {
  says: 'the answer is JSON and fits a schema',
  threshold: 1,
  make: (options) => {
    const own = options.any('schema') ?? options.any('value')
    const name = options.has('schema') ? 'schema' : 'value'
    const search = options.flag('search', false)
    const schema = typeof own === 'string' ? jsonIn(own, false) : own
    if (own !== undefined && !isSchema(schema))
      options.wrong(name, 'The schema has to be an object, or file://schema.json.')
    tellUnread(options, name, schema)
    return () =>
      ({ answer, params }) => {
        const asked = schema ?? schemaOf(params['response_format'])
        const value = jsonIn(answer.text ?? '', search)
        if (value === undefined) return judged(false, 'The answer is no JSON.')
        if (asked === undefined) return judged(true, 'The answer is JSON.')
        const unread = unreadIn(asked)
        if (unread.length > 0) return noVerdict(unreadText(unread))
        const wrong = misfit(value, asked)
        return judged(wrong === null, wrong === null ? 'It fits the schema.' : `In it, ${wrong}.`)
      }
  },
}

/** Calls of tools that the request offers, with arguments that fit. */
export const validToolCalls: GraderKind = {
  says: 'the answer calls tools that there are, with arguments that fit',
  threshold: 1,
  make:
    () =>
    () =>
    ({ answer, params }) => {
      const offered = new Map<string, unknown>()
      for (const tool of Array.isArray(params['tools']) ? (params['tools'] as unknown[]) : []) {
        const { function: made } = (tool ?? {}) as { function?: Extra }
        if (typeof made?.['name'] === 'string') offered.set(made['name'], made['parameters'])
      }
      if (offered.size === 0) return noVerdict('The request offers no tools.')
      if (answer.toolCalls.length === 0) return judged(false, 'No tool is called.')
      for (const { name, arguments: text } of answer.toolCalls) {
        if (!offered.has(name)) return judged(false, `There is no tool ${JSON.stringify(name)}.`)
        const value = jsonIn(text, false)
        if (value === undefined) return judged(false, `The arguments of ${name} are no JSON.`)
        const unread = unreadIn(offered.get(name))
        if (unread.length > 0) return noVerdict(unreadText(unread))
        const wrong = misfit(value, offered.get(name))
        if (wrong !== null) return judged(false, `In the arguments of ${name}, ${wrong}.`)
      }
      return judged(true, 'Every call fits its tool.')
    },
}

function schemaOf(format: unknown): unknown {
  const { json_schema: asked } = (format ?? {}) as { json_schema?: { schema?: unknown } }
  return asked?.schema
}

function isSchema(value: unknown): boolean {
  return (
    typeof value === 'boolean' ||
    (typeof value === 'object' && value !== null && !Array.isArray(value))
  )
}

/** Keywords that narrow what fits and that `misfit` does not read: with one of them, 'fits' would be a guess. */
const unread: ReadonlySet<string> = new Set([
  'pattern',
  'patternProperties',
  'propertyNames',
  'contains',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'dependencies',
  'unevaluatedProperties',
  'unevaluatedItems',
  '$dynamicRef',
  '$recursiveRef',
])
/** Under these stand names and values of the user's own, which are no keywords. */
const named: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions'])
const data: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples', 'required'])

function unreadIn(schema: unknown): readonly string[] {
  const found = new Set<string>()
  const queue: { value: unknown; names: boolean }[] = [{ value: schema, names: false }]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue
    for (const [key, value] of Object.entries(next.value)) {
      if (!next.names && unread.has(key)) found.add(key)
      if (!next.names && key === '$ref' && typeof value === 'string' && !value.startsWith('#'))
        found.add(`$ref ${value}`)
      if (next.names || !data.has(key)) queue.push({ value, names: !next.names && named.has(key) })
    }
  }
  return [...found]
}

function unreadText(keywords: readonly string[]): string {
  return `The schema uses ${keywords.join(', ')}, which is not checked here. Say that part with a regex or code grader.`
}

function tellUnread(options: Options, name: string, schema: unknown): void {
  const keywords = unreadIn(schema)
  if (keywords.length > 0) options.wrong(name, unreadText(keywords))
}
