import { between, choose, type Chance } from './chance.ts'
import { isList, isObject, type Json, type JsonObject } from './json.ts'

/** What a document may be filled with. */
export interface Hints {
  readonly prompt: string
  /** What this document is about, when a prompt names several: 'Oslo'. */
  readonly subject: string | null
  readonly random: Chance
}

/**
 * A document that fits a JSON Schema: types, enums, constants, required and optional members, nested
 * objects and lists, bounds of numbers, texts and lists, multiples, formats, local references, anyOf,
 * oneOf and allOf. Texts and numbers come from the prompt where they are plausible.
 *
 * Not read: `pattern`, `not`, `if`, `contains`, `dependentRequired`, `patternProperties`; of `oneOf`
 * one branch is fitted without a look at the others.
 */
export function fit(schema: Json, hints: Hints): Json {
  return new Fitting(schema, hints).value(schema, '', 0)
}

/** Deeper than this only what is required is filled in, so that a schema that contains itself ends. */
const depthMax = 4
/** Deeper than this, or with more values than this, the schema has no end. */
const depthLimit = 60
const valuesMax = 10_000

class Fitting {
  readonly #root: Json
  readonly #random: Chance
  #hints: Hints
  #values = 0

  constructor(root: Json, hints: Hints) {
    this.#root = root
    this.#hints = hints
    this.#random = hints.random
  }

  value(given: Json, name: string, depth: number): Json {
    this.#values += 1
    if (!isObject(given) || depth > depthLimit || this.#values > valuesMax) {
      return given === true ? this.#hints.prompt : null
    }
    const schema = this.#resolved(given)
    if (schema.const !== undefined) return schema.const
    if (isList(schema.enum) && schema.enum.length > 0) return this.#oneOf(schema.enum)
    switch (typeOf(schema)) {
      case 'object':
        return this.#object(schema, depth)
      case 'array':
        return this.#list(schema, name, depth)
      case 'integer':
        return this.#number(schema, 1)
      case 'number':
        return this.#number(schema, null)
      case 'boolean':
        return this.#random() < 0.5
      case 'null':
        return null
      default:
        return this.#text(schema, name)
    }
  }

  /** The schema with its reference followed, a branch chosen and all parts of it put together. */
  #resolved(given: JsonObject, hops = 0): JsonObject {
    if (hops > depthLimit) return {}
    if (typeof given.$ref === 'string') {
      const { $ref: path, ...rest } = given
      const target = at(this.#root, path)
      return this.#resolved(merge(isObject(target) ? target : {}, rest), hops + 1)
    }
    for (const key of ['anyOf', 'oneOf'] as const) {
      const branches = given[key]
      if (!isList(branches)) continue
      const { [key]: _, ...rest } = given
      const branch = this.#branch(branches)
      return this.#resolved(isObject(branch) ? merge(rest, branch) : rest, hops + 1)
    }
    if (isList(given.allOf)) {
      const { allOf, ...rest } = given
      const all = allOf.map((part) => (isObject(part) ? this.#resolved(part, hops + 1) : {}))
      return this.#resolved(all.reduce(merge, rest), hops + 1)
    }
    return given
  }

  /** The branch that says the most at the least depth: one that is not null and refers to nothing. */
  #branch(branches: readonly Json[]): Json | undefined {
    const plain = branches.filter((branch) => isObject(branch) && !refers(branch))
    const full = plain.find((branch) => isObject(branch) && branch.type !== 'null')
    return full ?? plain[0] ?? branches[0]
  }

  #object(schema: JsonObject, depth: number): Json {
    const properties = isObject(schema.properties) ? schema.properties : {}
    const required = isList(schema.required) ? schema.required.map(String) : []
    const others: Json = schema.additionalProperties ?? true
    const made: [string, Json][] = []
    for (const [name, property] of Object.entries(properties)) {
      const wanted = required.includes(name) || (depth < depthMax && this.#random() < 0.7)
      if (wanted) made.push([name, this.value(property ?? true, name, depth + 1)])
    }
    for (const name of required) {
      if (!Object.hasOwn(properties, name)) made.push([name, this.value(others, name, depth + 1)])
    }
    for (let n = 1; made.length < count(schema.minProperties, 0); n += 1) {
      made.push([`key_${n}`, this.value(others, '', depth + 1)])
    }
    return Object.fromEntries(made)
  }

  #list(schema: JsonObject, name: string, depth: number): Json {
    const first = isList(schema.prefixItems) ? schema.prefixItems : []
    const rest = schema.items ?? first.length === 0
    const least = count(schema.minItems, 0)
    const most = Math.max(least, count(schema.maxItems, 3))
    const plausible = depth < depthMax ? between(this.#random, 1, 3) : 0
    const wanted = rest === false ? first.length : Math.min(most, Math.max(least, plausible))
    const items: Json[] = []
    const seen = new Set<string>()
    for (let tries = 0; items.length < wanted && tries < wanted * 50; tries += 1) {
      const item = this.#item(first[items.length] ?? rest, name, depth + 1, tries)
      const text = JSON.stringify(item)
      if (schema.uniqueItems === true && seen.has(text)) continue
      seen.add(text)
      items.push(item)
    }
    return items
  }

  /** Members of a list differ: later ones take later names of the prompt, or are made up. */
  #item(schema: Json, name: string, depth: number, tries: number): Json {
    if (tries === 0) return this.value(schema, name, depth)
    const hints = this.#hints
    this.#hints = { ...hints, prompt: properNames(hints.prompt)[tries] ?? '', subject: null }
    const item = this.value(schema, name, depth)
    this.#hints = hints
    return item
  }

  #oneOf(values: readonly Json[]): Json {
    const prompt = (this.#hints.subject ?? this.#hints.prompt).toLowerCase()
    const named = values.find(
      (value) => typeof value === 'string' && value !== '' && prompt.includes(value.toLowerCase()),
    )
    return named ?? choose(this.#random, values)
  }

  #number(schema: JsonObject, whole: 1 | null): Json {
    const step = typeof schema.multipleOf === 'number' ? schema.multipleOf : whole
    const range = rangeOf(schema, step ?? 1)
    const fits = (value: number) => isWithin(value, range) && (!step || isMultiple(value, step))
    const { prompt, subject } = this.#hints
    const named = numbersIn(`${subject ?? ''} ${prompt}`).find(fits)
    if (named !== undefined) return named
    if (typeof schema.default === 'number' && fits(schema.default)) return schema.default
    if (!step) return inside(range, this.#random())
    const least = Math.max(Math.ceil(range.low / step), Math.floor(range.above / step) + 1)
    const most = Math.min(Math.floor(range.high / step), Math.ceil(range.below / step) - 1)
    return tidy(between(this.#random, least, most) * step)
  }

  #text(schema: JsonObject, name: string): Json {
    const least = count(schema.minLength, 0)
    const most = count(schema.maxLength, Number.POSITIVE_INFINITY)
    if (typeof schema.format === 'string') {
      const formatted = formats[schema.format]?.(this.#hints.prompt)
      if (formatted !== undefined && formatted.length >= least && formatted.length <= most) {
        return formatted
      }
    }
    const letters = [...(this.#plausible(schema, name) || 'text')]
    while (letters.length < least) letters.push(choose(this.#random, fillers))
    return letters.slice(0, most).join('')
  }

  #plausible(schema: JsonObject, name: string): string {
    const { prompt, subject } = this.#hints
    if (subject !== null) return subject
    const quoted = /"([^"\n]+)"|“([^”\n]+)”|'([^'\n]{2,})'/.exec(prompt.slice(0, 4000))
    if (quoted) return quoted[1] ?? quoted[2] ?? quoted[3] ?? ''
    if (asksForWords.test(name)) return prompt
    if (typeof schema.default === 'string') return schema.default
    const proper = properNames(prompt)[0]
    if (proper !== undefined) return proper
    if (isList(schema.examples) && typeof schema.examples[0] === 'string') return schema.examples[0]
    if (prompt !== '') return prompt
    return `${choose(this.#random, words)}-${between(this.#random, 1, 999)}`
  }
}

const asksForWords = /query|question|search|text|message|content|prompt|input|summary|reason|body/i
const fillers = [...'abcdefghijklmnopqrstuvwxyz']
const words = ['amber', 'birch', 'cedar', 'delta', 'ember', 'flint', 'grove', 'harbor', 'indigo']

/** Formats of JSON Schema, from the prompt where one stands there. */
const formats: Readonly<Record<string, (prompt: string) => string>> = {
  date: (prompt) => /\b\d{4}-\d\d-\d\d\b/.exec(prompt)?.[0] ?? '2026-03-14',
  'date-time': () => '2026-03-14T15:09:26Z',
  time: () => '15:09:26Z',
  duration: () => 'PT1H',
  email: (prompt) =>
    /\b[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]{2,10}\b/i.exec(prompt)?.[0] ?? 'ada@example.com',
  hostname: () => 'example.com',
  ipv4: () => '192.0.2.1',
  ipv6: () => '2001:db8::1',
  uri: (prompt) => /\bhttps?:\/\/[\w./-]+/.exec(prompt)?.[0] ?? 'https://example.com/',
  url: () => 'https://example.com/',
  uuid: () => '123e4567-e89b-42d3-a456-426614174000',
}

/** First words of sentences that are no names. */
const commonWords =
  /^(?:what|what's|who|where|when|why|how|is|are|do|does|did|can|could|will|would|should|please|the|a|an|in|on|at|for|and|or|i|my|we|it|get|show|check|tell|find|call|use|look|give|fetch|compare|search|book|send|list|calculate|weather|classify|answer|reply|write|explain|then|also|both|if)$/i

/** Names in the order in which they stand: runs of capitalised words, without a first word that is no name. */
export function properNames(text: string): readonly string[] {
  const runs = text.slice(0, 4000).match(/\p{Lu}[\p{L}'’-]*(?: \p{Lu}[\p{L}'’-]*)*/gu) ?? []
  const names = runs.map((run) => {
    const parts = run.split(' ')
    while (parts[0] !== undefined && commonWords.test(parts[0].replaceAll('’', "'"))) parts.shift()
    return parts.join(' ').replace(/['’]s$/, '')
  })
  return [...new Set(names.filter((name) => name !== ''))]
}

function numbersIn(text: string): readonly number[] {
  return (text.slice(0, 4000).match(/-?\b\d{1,12}(?:\.\d{1,6})?\b/g) ?? []).map(Number)
}

function typeOf(schema: JsonObject): string {
  if (typeof schema.type === 'string') return schema.type
  if (isList(schema.type)) return String(schema.type.find((type) => type !== 'null') ?? 'null')
  if (schema.properties || schema.required || schema.minProperties) return 'object'
  if (schema.items || schema.prefixItems || schema.minItems) return 'array'
  const bounds = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']
  return bounds.some((bound) => schema[bound] !== undefined) ? 'number' : 'string'
}

/** Both schemas at once: members and duties add up, of bounds the narrower one counts. */
function merge(one: JsonObject, other: JsonObject): JsonObject {
  const both: Record<string, Json | undefined> = { ...one, ...other }
  if (isObject(one.properties) && isObject(other.properties)) {
    both.properties = { ...one.properties, ...other.properties }
  }
  if (isList(one.required) && isList(other.required)) {
    both.required = [...new Set([...one.required, ...other.required])]
  }
  for (const [bounds, narrower] of [
    [['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'], Math.max],
    [['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'], Math.min],
  ] as const) {
    for (const bound of bounds) {
      const [a, b] = [one[bound], other[bound]]
      if (typeof a === 'number' && typeof b === 'number') both[bound] = narrower(a, b)
    }
  }
  return both
}

function refers(schema: JsonObject): boolean {
  return typeof schema.$ref === 'string'
}

/** What stands at '#/$defs/Name'. */
function at(root: Json, path: string): Json | undefined {
  let here: Json | undefined = root
  for (const step of path.split('/').slice(1)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    here = isObject(here) ? here[key] : isList(here) ? here[Number(key)] : undefined
  }
  return here
}

/** From `low` to `high`, and above `above` and below `below`. Always finite: a side left open ends soon. */
interface Range {
  readonly low: number
  readonly high: number
  readonly above: number
  readonly below: number
}

function rangeOf(schema: JsonObject, step: number): Range {
  const above = bound(schema.exclusiveMinimum, Number.NEGATIVE_INFINITY)
  const below = bound(schema.exclusiveMaximum, Number.POSITIVE_INFINITY)
  const low = bound(schema.minimum, Number.NEGATIVE_INFINITY)
  const high = bound(schema.maximum, Number.POSITIVE_INFINITY)
  const [least, most] = [Math.max(low, above), Math.min(high, below)]
  const span = Math.max(100, step * 100)
  const from = least > Number.NEGATIVE_INFINITY ? least : Math.min(0, most - span)
  const to = most < Number.POSITIVE_INFINITY ? most : from + span
  return { low: Math.max(low, from), high: Math.min(high, to), above, below }
}

function bound(value: Json | undefined, open: number): number {
  return typeof value === 'number' ? value : open
}

function isWithin(value: number, { low, high, above, below }: Range): boolean {
  return value >= low && value <= high && value > above && value < below
}

function isMultiple(value: number, step: number): boolean {
  const times = value / step
  return Math.abs(times - Math.round(times)) < 1e-9
}

/** A number within the range, tidy when a tidy one lies there. */
function inside(range: Range, part: number): number {
  const value = range.low + (range.high - range.low) * (0.05 + 0.9 * part)
  const short = Math.round(value * 100) / 100
  return isWithin(short, range) ? short : value
}

/** Without the dust of binary fractions: 0.30000000000000004 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12)) + 0
}

function count(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}
