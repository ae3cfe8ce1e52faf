import type { Extra } from '../../../core/extra.ts'

/** A template that cannot be filled, with a sentence. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault'
}

const slot = /\{\{-?([\s\S]*?)-?\}\}|\{%-?[\s\S]*?-?%\}|\{#[\s\S]*?#\}/g

/**
 * Fills `{{name}}`, `{{name.member}}`, `{{name[0]}}` and `{{name | filter}}`. What is no text is written
 * as JSON. Filters are those that need no program: json (dump), trim, upper, lower, length, default.
 * @throws TemplateFault for a variable that is not there, or a tag of a larger template language
 */
export function fill(template: string, vars: Extra): string {
  if (!template.includes('{')) return template
  return template.replaceAll(slot, (whole, inner: string | undefined) => {
    if (whole.startsWith('{#')) return ''
    if (inner === undefined)
      throw new TemplateFault(
        `${whole.slice(0, 40)} is a tag of a template language that is not read here. Write the text out, or make a case for each form.`,
      )
    return textOf(valueOf(inner.trim(), vars))
  })
}

/** Whether a text has slots to fill. */
export function isTemplate(text: string): boolean {
  return /\{\{|\{%|\{#/.test(text)
}

/** Fills each text within a value; one that is a slot and nothing else gives the variable itself. */
export function fillDeep(value: unknown, vars: Extra): unknown {
  if (typeof value === 'string') {
    const [, only] = /^\s*\{\{-?([^{}]*?)-?\}\}\s*$/.exec(value) ?? []
    return only === undefined ? fill(value, vars) : valueOf(only.trim(), vars)
  }
  if (Array.isArray(value)) return value.map((item) => fillDeep(item, vars))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, fillDeep(item, vars)]),
  )
}

function valueOf(expression: string, vars: Extra): unknown {
  const [path = '', ...filters] = expression.split('|').map((part) => part.trim())
  const defaults = filters.map((filter) => /^default\(\s*(['"])(.*)\1\s*\)$/.exec(filter)?.[2])
  let value = found(path, vars)
  if (value === undefined) {
    const fallback = defaults.find((text) => text !== undefined)
    if (fallback === undefined) throw missing(path, vars)
    value = fallback
  }
  for (const [index, filter] of filters.entries()) {
    if (defaults[index] !== undefined) continue
    const apply = Object.hasOwn(plainFilters, filter) ? plainFilters[filter] : undefined
    if (apply === undefined)
      throw new TemplateFault(
        `The filter ${JSON.stringify(filter.slice(0, 40))} is not known here. There are ${Object.keys(plainFilters).join(', ')} and default('...').`,
      )
    value = apply(value)
  }
  return value
}

const plainFilters: Readonly<Record<string, (value: unknown) => unknown>> = {
  json: (value) => JSON.stringify(value),
  dump: (value) => JSON.stringify(value),
  safe: (value) => value,
  trim: (value) => textOf(value).trim(),
  upper: (value) => textOf(value).toUpperCase(),
  lower: (value) => textOf(value).toLowerCase(),
  length: (value) => (Array.isArray(value) ? value.length : [...textOf(value)].length),
}

function found(path: string, vars: Extra): unknown {
  const steps = path.match(/[^.[\]]+/g)
  if (steps === null || !/^[\w$-]+(?:\.[\w$-]+|\[(?:\d+|'[^']*'|"[^"]*")\])*$/u.test(path))
    throw new TemplateFault(
      `{{${path.slice(0, 40)}}} is no name of a variable. Names may have members, as {{user.name}} or {{list[0]}}.`,
    )
  let value: unknown = vars
  for (const step of steps) {
    const name = step.replace(/^(['"])(.*)\1$/, '$2')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

function missing(path: string, vars: Extra): TemplateFault {
  const names = Object.keys(vars)
  const known = names.length === 0 ? 'The case has none.' : `The case has ${names.join(', ')}.`
  return new TemplateFault(`There is no variable {{${path}}}. ${known}`)
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : JSON.stringify(value)
}
