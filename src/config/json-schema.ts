import * as z from 'zod'
import { configSchema } from './schema/index.ts'
import { writtenAs } from './schema/form.ts'
import { mayBeEmpty } from './validate.ts'

type Json = Record<string, unknown>

/**
 * The JSON Schema of freehold.yaml, by which editors complete and check it. Where a number or a time
 * may stand, '${NAME}' may stand too: the environment is looked at when the gateway reads the file.
 */
export function jsonSchema(): Json {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const known = writtenAs.get(zodSchema)
      if (!known) return
      const { description } = jsonSchema
      for (const name of Object.keys(jsonSchema)) delete jsonSchema[name]
      Object.assign(jsonSchema, known.written)
      if (description !== undefined) jsonSchema.description = description
    },
  })
  const { properties = {}, ...rest } = withPlainDefaults(schema) as { properties?: Json }
  const settings = Object.entries(properties).map(([name, one]) => [name, maybeEmpty(name, one)])
  return { ...rest, title: 'freehold.yaml', properties: Object.fromEntries(settings) as Json }
}

/** A default as one would write it: 4000, where the schema's text is '4000'. */
function withPlainDefaults(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withPlainDefaults)
  if (typeof part !== 'object' || part === null) return part
  const entries = Object.entries(part).map(([name, item]) => [name, withPlainDefaults(item)])
  const plain = Object.fromEntries(entries) as Json
  const { default: standard } = plain
  const isNumber = typeof standard === 'string' && /^\d+$/.test(standard)
  return isNumber ? { ...plain, default: Number(standard) } : plain
}

/** A section without anything in it is as good as none; so are some entries: 'deepseek:'. */
function maybeEmpty(name: string, section: unknown): unknown {
  const { type, additionalProperties: entries } = section as Json
  if (type !== 'object' && type !== 'array') return section
  const empty = { ...(section as Json), type: [type, 'null'] }
  if (!mayBeEmpty.has(name)) return empty
  return { ...empty, additionalProperties: { ...(entries as Json), type: ['object', 'null'] } }
}
