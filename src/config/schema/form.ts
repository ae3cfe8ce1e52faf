import * as z from 'zod'
import { nearest } from '../../core/spelling.ts'

/**
 * What settings are made of. Each value is the text that was written. Messages are the rest of a
 * sentence that begins with the setting's name: 'takes a duration such as 30s.'
 */

// A file is read once in a while: compiling the checks takes longer than running them uncompiled.
z.config({ jitless: true })

/** How a value may be written, as JSON Schema, for editors. */
export type Written = Readonly<Record<string, unknown>>

export const writtenAs = z.registry<{ readonly written: Written }>()

/** Says why a text is no value here, where 'takes ...' would not be enough. */
export class Refusal {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/**
 * A setting that is one value.
 * @param read  gives null for a text that is none
 * @param shown  whether a message may repeat the text; not so where a secret may stand
 */
export function value<T>(
  what: string,
  written: Written,
  read: (text: string) => T | Refusal | null,
  shown = true,
) {
  const schema = z
    .string({ error: ({ input }) => kindMessage(input, what) })
    .transform((text, context): T => {
      const meant = read(text)
      if (meant instanceof Refusal) {
        context.addIssue({ code: 'custom', message: meant.message })
      } else if (meant === null) {
        context.addIssue({ code: 'custom', message: `takes ${what}.`, params: { shown } })
      } else return meant
      return z.NEVER
    })
  writtenAs.add(schema, { written })
  return schema
}

/** A group of settings. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape, what = 'settings') {
  const names = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((name) => unknownMessage(name, names)).join('\n')
        : kindMessage(issue.input, `${what}: ${names.join(', ')}`),
  })
}

function unknownMessage(name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  if (meant !== null) return `There is no setting ${name} here. Did you mean ${meant}?`
  return `There is no setting ${name} here. There are: ${known.join(', ')}.`
}

/** Entries by name. */
export function entries<Entry extends z.core.SomeType>(
  name: z.ZodString,
  entry: Entry,
  what: string,
) {
  return z.record(name, entry, { error: ({ input }) => kindMessage(input, what) })
}

export function list<Item extends z.core.SomeType>(item: Item, what: string) {
  return z
    .array(item, { error: ({ input }) => kindMessage(input, what) })
    .min(1, { error: `takes ${what}; an empty list names none.` })
}

export function kindMessage(input: unknown, what: string): string {
  if (input === undefined) return `is missing: it takes ${what}.`
  if (input === null) return `has no value: it takes ${what}.`
  if (typeof input === 'string') return `takes ${what}, and here stands a single value.`
  return `takes ${what}, and here stands ${Array.isArray(input) ? 'a list' : 'a group of settings'}.`
}

export function matching(pattern: string): Written {
  return { type: 'string', pattern: `${pattern}|\\$\\{` }
}

export function oneOf<const Name extends string>(names: readonly Name[]) {
  const written = { anyOf: [{ enum: names }, { type: 'string', pattern: '\\$\\{' }] }
  const what = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
  return value(what, written, (text) => {
    const name = names.find((known) => known === text)
    if (name !== undefined) return name
    const meant = nearest(text, names)
    return meant === null ? null : new Refusal(`takes ${what}. Did you mean ${meant}?`)
  })
}

export function flag() {
  const written = { anyOf: [{ type: 'boolean' }, { type: 'string', pattern: '\\$\\{' }] }
  return value('true or false', written, (text) =>
    text === 'true' ? true : text === 'false' ? false : null,
  )
}

export function named(pattern: RegExp, what: string) {
  return z.string().regex(pattern, { error: `is no name for ${what}.` })
}
