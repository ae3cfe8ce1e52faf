import {
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml'
import { isModelName } from './model-name.ts'
import { didYouMean } from '../core/spelling.ts'

/**
 * Puts other models behind a task, in the text of a configuration. Only the models' own characters
 * change: comments, order, quotes and blanks elsewhere stay byte for byte. Shares stay by position,
 * as long as there are as many models as before.
 * @param models  'provider/model', in order; at least one
 * @throws RangeError with a sentence, when the task is not there or cannot be edited without touching more
 */
export function swapTaskModel(text: string, task: string, models: readonly string[]): string {
  if (models.length === 0) throw new RangeError(`${task} needs a model: write provider/model.`)
  const wrong = models.find((model) => !isModelName(model))
  if (wrong !== undefined) {
    throw new RangeError(`${JSON.stringify(wrong)} is no model: write provider/model.`)
  }
  const bom = text.startsWith('\ufeff') ? '\ufeff' : ''
  const before = text.slice(bom.length)
  const document = read(before)
  const edits = editsFor(valueOf(document, task), models, before)
  let after = before
  for (const { start, end, text: inserted } of edits.toSorted((a, b) => b.start - a.start)) {
    after = after.slice(0, start) + inserted + after.slice(end)
  }
  if (!isProven(document, after, task, models)) throw byHand(task)
  return bom + after
}

/**
 * A task as it is written: its name and its value, and nothing of what stands around them. No secret belongs there.
 * @throws RangeError with a sentence
 */
export function taskTextOf(
  whole: string,
  task: string,
): { readonly line: number; readonly text: string } {
  const text = whole.startsWith('\ufeff') ? whole.slice(1) : whole
  const document = read(text)
  const value = valueOf(document, task)
  const tasks = isMap(document.contents) ? childOf(document.contents, 'tasks') : undefined
  const pair = isMap(tasks) ? tasks.items.find(({ key }) => sourceOf(key) === task) : undefined
  const start = pair === undefined ? spanOf(value).start : spanOf(pair.key as Node).start
  const before = text.slice(0, start)
  // Lines of a block are told with their own indentation.
  const indent = /(?:^|\n)([ \t]*)$/.exec(before)?.[1] ?? ''
  return {
    line: before.split('\n').length,
    text: indent + text.slice(start, lastCharacter(value)),
  }
}

/** @throws RangeError */
function read(text: string): Document {
  const document = parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
  })
  const [error] = document.errors
  if (error === undefined) return document
  const line = text.slice(0, error.pos[0]).split('\n').length
  throw new RangeError(`The configuration is not valid YAML, so it was not edited: line ${line}.`)
}

function byHand(task: string): RangeError {
  return new RangeError(
    `The models of ${task} are written in a way that cannot be changed without touching other settings, through & or << for example. Edit the file by hand.`,
  )
}

/** @throws RangeError */
function valueOf({ contents }: Document, task: string): Node {
  const tasks = isMap(contents) ? childOf(contents, 'tasks') : undefined
  const value = isMap(tasks) ? childOf(tasks, task) : undefined
  if (value) return value
  const names = isMap(tasks) ? tasks.items.map(({ key }) => sourceOf(key)) : []
  if (names.includes(task) || names.includes('<<')) throw byHand(task)
  const known = names.length > 0 ? ` The tasks are: ${names.join(', ')}.` : ' It has no tasks.'
  throw new RangeError(`The configuration has no task ${task}.${didYouMean(task, names) || known}`)
}

function childOf(map: { readonly items: readonly Pair[] }, name: string): Node | null | undefined {
  const pair = map.items.find(({ key }) => sourceOf(key) === name)
  return pair?.value as Node | null | undefined
}

function sourceOf(key: unknown): string {
  return isScalar(key) ? (key.source ?? '') : ''
}

/** What stands in the text from `start` to `end` becomes `text`. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

function editsFor(value: Node, models: readonly string[], text: string): readonly Edit[] {
  if (!isMap(value)) return [replaced(value, models, text, 'task')]
  const written = childOf(value, 'models')
  if (!written) throw new RangeError('The task has no models. Edit the file by hand.')
  const items = itemsOf(written)
  if (items === null) return [replaced(written, models, text, 'models')]
  const isBlock = (written as { flow?: boolean }).flow !== true
  if (items.length !== models.length && !(isBlock && items.length > models.length)) {
    return [replaced(written, models, text, 'models')]
  }
  return items.map((item, at) => {
    const model = models[at]
    return model === undefined
      ? lineOf(item, text)
      : { ...spanOf(item.name), text: quoted(model, item.name, text) }
  })
}

interface Item {
  readonly name: Scalar
  /** What stands last in its line. */
  readonly last: Node
}

/** The models of a list, or of shares; null when one is an alias or no plain text. */
function itemsOf(written: Node): readonly Item[] | null {
  const items = isSeq(written)
    ? written.items.map((name) => ({ name, last: name }))
    : isMap(written)
      ? written.items.map(({ key, value }) => ({ name: key, last: value ?? key }))
      : []
  const isPlain = ({ name }: { readonly name: unknown }) =>
    isScalar(name) && name.source !== undefined
  return items.length > 0 && items.every(isPlain) ? (items as Item[]) : null
}

function spanOf({ range }: Node): { readonly start: number; readonly end: number } {
  if (!range) throw new RangeError('The models cannot be found in the file. Edit it by hand.')
  return { start: range[0], end: range[1] }
}

/** The whole lines of an item in a block, comment and all. */
function lineOf({ name, last }: Item, text: string): Edit {
  const start = text.lastIndexOf('\n', spanOf(name).start - 1) + 1
  const end = text.indexOf('\n', spanOf(last).end)
  return { start, end: end === -1 ? text.length : end + 1, text: '' }
}

/** All of the task, or all of its models, written anew in one line. */
function replaced(
  node: Node,
  models: readonly string[],
  text: string,
  what: 'task' | 'models',
): Edit {
  const json = isJson(text)
  const names = models.map((model) => quoted(model, isScalar(node) ? node : null, text))
  const list = `[${names.join(', ')}]`
  const [only, ...others] = names
  const isOne = what === 'task' && only !== undefined && others.length === 0
  const written = isOne
    ? only
    : what === 'models'
      ? list
      : `{ ${json ? '"models"' : 'models'}: ${list} }`
  const { start } = spanOf(node)
  return { start, end: lastCharacter(node), text: written }
}

/** Where a node ends in the text, without the comments and line breaks that belong to a block. */
function lastCharacter(node: Node): number {
  const last = isSeq(node) || isMap(node) ? node.items.at(-1) : undefined
  if (last === undefined || (node as { flow?: boolean }).flow === true) return spanOf(node).end
  const inner = isSeq(node) ? last : ((last as Pair).value ?? (last as Pair).key)
  return lastCharacter(inner as Node)
}

/** A model in the quotes of the one whose place it takes, or plain where that is safe. */
function quoted(model: string, place: Scalar | null, text: string): string {
  if (place?.type === 'QUOTE_DOUBLE' || isJson(text)) return JSON.stringify(model)
  if (place?.type === 'QUOTE_SINGLE') return `'${model.replaceAll("'", "''")}'`
  const isPlain = /^[A-Za-z0-9_][\w./@+-]*(?::[\w./@+-]+)*$/.test(model)
  return isPlain ? model : JSON.stringify(model)
}

function isJson(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

interface Plain {
  readonly tasks: Record<string, string | Record<string, unknown>>
}

function isProven(
  document: Document,
  after: string,
  task: string,
  models: readonly string[],
): boolean {
  try {
    return isOnlyChange(document, after, task, models)
  } catch {
    return false // no YAML any more, or aliases that amount to too much to compare
  }
}

/** The proof of an edit: the task has the models, and nothing else means anything else. */
function isOnlyChange(
  document: Document,
  after: string,
  task: string,
  models: readonly string[],
): boolean {
  const was = document.toJS({ maxAliasCount: 10_000 }) as Plain
  const is = read(after).toJS({ maxAliasCount: 10_000 }) as Plain
  const made = is.tasks[task]
  const written = typeof made === 'object' ? made['models'] : made
  const names =
    typeof written === 'string'
      ? [written]
      : Array.isArray(written)
        ? written
        : Object.keys(written ?? {})
  if (names.join('\n') !== models.join('\n')) return false
  const isSpelledOut = typeof was.tasks[task] === 'object'
  return Bun.deepEquals(
    withoutModels(was, task, isSpelledOut),
    withoutModels(is, task, isSpelledOut),
  )
}

/** A copy: what & and * share is one object, and a task that has it still has its models. */
function withoutModels(plain: Plain, task: string, isSpelledOut: boolean): object {
  const { [task]: written, ...others } = plain.tasks
  if (!isSpelledOut || typeof written !== 'object') return { ...plain, tasks: others }
  const { models: _, ...rest } = written
  return { ...plain, tasks: { ...others, [task]: rest } }
}
