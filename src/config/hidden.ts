import { isAlias, isMap, isScalar, isSeq, type Node, parseDocument, visit } from 'yaml'

/**
 * A configuration that leaves the gateway to be edited: keys that are written out in it stay here, and a mark
 * stands in their place. `${NAME}` is no key and is shown.
 */

/** Settings whose values are keys, or may be: those of `headers` have any name. */
export const secretNames: ReadonlySet<string> = new Set([
  'api_key',
  'api_keys',
  'secret',
  'webhook',
  'headers',
])

const mark = /\(hidden-(\d+)\)/g

interface Span {
  readonly start: number
  readonly end: number
}

/** The text with marks, '(hidden-1)' and so on, in the place of what they hide. */
export function withoutSecrets(text: string): string {
  let shown = ''
  let from = 0
  for (const [at, { start, end }] of secretsIn(text).entries()) {
    shown += `${text.slice(from, start)}(hidden-${at + 1})`
    from = end
  }
  return shown + text.slice(from)
}

/**
 * An edited text with what its marks hid.
 * @param text  of the file from which the edited one was made
 * @throws RangeError for a mark that hides nothing, or that was put where what it hides would be shown
 */
export function withSecrets(edited: string, text: string): string {
  const spans = secretsIn(text)
  const used = new Map<string, string>()
  const whole = edited.replaceAll(mark, (found, number: string) => {
    const span = spans[Number(number) - 1]
    if (span === undefined)
      throw new RangeError(
        `${found} stands for nothing in the file. Write the key in its place, or \${NAME} to take it from the environment.`,
      )
    const hidden = text.slice(span.start, span.end)
    used.set(found, hidden)
    return hidden
  })
  const shown = withoutSecrets(whole)
  for (const [found, hidden] of used)
    if (shown.includes(hidden) && !withoutSecrets(text).includes(hidden))
      throw new RangeError(
        `${found} stands where its key would be shown. Put it behind api_key, secret, webhook or headers.`,
      )
  return whole
}

/** In the order of the text. */
function secretsIn(text: string): readonly Span[] {
  const { contents, errors } = parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
  })
  const spans =
    errors.length > 0 || contents === null
      ? linesWithSecrets(text)
      : [
          ...found(contents),
          ...anchored(contents),
          ...commentsAmong(contents, text),
          ...commentsWithSecrets(text),
        ]
  return apart(spans.filter(({ start, end }) => end > start)).filter(({ start, end }) =>
    isWrittenOut(text.slice(start, end)),
  )
}

function isWrittenOut(written: string): boolean {
  // Whatever else stands around the name of a variable may be part of a key.
  return !/^["']?\$\{[A-Za-z_][A-Za-z0-9_]*\}["']?$/.test(written)
}

function found(node: unknown, within = false): readonly Span[] {
  if (isMap(node))
    return node.items.flatMap(({ key, value }) => {
      const name = isScalar(key) ? (key.source ?? '') : ''
      return found(value, within || secretNames.has(name))
    })
  if (isSeq(node)) return node.items.flatMap((item) => found(item, within))
  const { range } = (node ?? {}) as Partial<Node>
  if (!within || !isScalar(node) || !range) return []
  return [{ start: range[0], end: range[1] }]
}

/** Values that stand elsewhere and are named where keys stand: '&k sk-1', and later 'api_key: *k'. */
function anchored(contents: Node): readonly Span[] {
  const names = new Set<string>()
  visit(contents, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !secretNames.has(key.source ?? '')) return
      if (isAlias(value)) names.add(value.source)
      else visit(value as Node, { Alias: (_key, { source }) => void names.add(source) })
    },
  })
  const spans: Span[] = []
  visit(contents, {
    Node: (_, node) => {
      if (!isAlias(node) && names.has(node.anchor ?? '')) spans.push(...found(node, true))
    },
  })
  return spans
}

/** Settings that were taken out of force keep their keys. */
function commentsWithSecrets(text: string): readonly Span[] {
  const comments = /(?<=^|\s)#[^\n]*(?:\n[ \t]*#[^\n]*)*/gm
  return [...text.matchAll(comments)].flatMap(({ 0: comment, index }) =>
    linesWithSecrets(comment).map(({ start, end }) => ({ start: start + index, end: end + index })),
  )
}

/** Among the items of api_keys, say, an old one may stand that nothing names. */
function commentsAmong(contents: Node, text: string): readonly Span[] {
  const spans: Span[] = []
  visit(contents, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !secretNames.has(key.source ?? '')) return
      if (!isMap(value) && !isSeq(value)) return
      const from = key.range?.[1] ?? 0
      const among = text.slice(from, value.range?.[value.flow === true ? 1 : 2])
      for (const { 0: comment, 1: mark = '', index } of among.matchAll(
        /(?<=^|\s)(#+[ \t]*(?:-[ \t]+)*)[^\r\n]*/gm,
      ))
        spans.push({ start: from + index + mark.length, end: from + index + comment.length })
    },
  })
  return spans
}

/** In their order, and none within another one: what is within one is hidden with it. */
function apart(spans: readonly Span[]): readonly Span[] {
  const kept: Span[] = []
  for (const span of spans.toSorted(
    (one, other) => one.start - other.start || other.end - one.end,
  )) {
    const end = kept.at(-1)?.end ?? 0
    if (span.end > end) kept.push({ start: Math.max(span.start, end), end: span.end })
  }
  return kept
}

/** What begins the value of a setting that is a key, in a text that is no YAML. */
const named =
  /["']?\b(?:api_keys?|secret|webhook|headers|authorization|x-api-key)["']?[ \t]*:[ \t]*/i

/** A name in a text that is no YAML, for as long as lines may belong to its value. */
interface OpenName {
  readonly column: number
  readonly isComment: boolean
  /** Items of a list may stand as far to the left as it does. */
  readonly takesItems: boolean
}

/** In a text that is no YAML: all behind the name, to the end of the line, and the lines below that belong to it. */
function linesWithSecrets(text: string): readonly Span[] {
  const spans: Span[] = []
  let open: OpenName | null = null
  for (const { 0: line, index } of text.matchAll(/[^\r\n]+/g)) {
    const [prefix = ''] = /^[ \t]*#+/.exec(line) ?? []
    const isComment = prefix !== ''
    const body = line.slice(prefix.length)
    const at = index + prefix.length
    const end = index + line.trimEnd().length
    if (open !== null && belongsTo(open, body, isComment)) {
      spans.push({ start: at + /^[ \t]*(?:-[ \t]+)*/.exec(body)![0].length, end })
      continue
    }
    open = null
    const name = named.exec(body)
    if (name === null) continue
    const start = at + name.index + name[0].length
    spans.push({ start, end })
    const isFirst = /^[ \t-]*$/.test(body.slice(0, name.index))
    const value = text.slice(start, end)
    open = {
      column: isFirst ? name.index : indentOf(body),
      isComment,
      takesItems: value === '' || value.startsWith('#'),
    }
  }
  return spans
}

function belongsTo(open: OpenName, body: string, isComment: boolean): boolean {
  if (isComment !== open.isComment) return isComment
  const indent = indentOf(body)
  if (body.trim() === '' || indent > open.column) return true
  return open.takesItems && indent === open.column && body[indent] === '-'
}

function indentOf(body: string): number {
  return /^[ \t]*/.exec(body)![0].length
}
