import { type Extra, type Tool, noExtra } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import { readMark } from '../cache-marks.ts'
import type { Target } from '../dialect.ts'
import { compact, Fields } from '../fields.ts'
import { id } from './wire.ts'

export function readTool(wire: Fields): Tool {
  // Mistral's client leaves the type out.
  const isFunction = (wire.text('type') ?? 'function') === 'function'
  const described = isFunction ? wire.fields('function') : null
  if (described) {
    const mark = { ...readMark(described), ...readMark(wire) }
    return { ...readFunction(described, wire.rest()), ...mark }
  }
  return {
    name: wire.text('name') ?? wire.needText('type'),
    description: null,
    schema: null,
    strict: null,
    extra: noExtra,
    foreign: { type: 'foreign', dialect: id, value: wire.value },
  }
}

export function readFunction(wire: Fields, beside: Extra): Tool {
  const tool = {
    name: wire.needText('name'),
    description: wire.text('description'),
    schema: wire.object('parameters'),
    strict: wire.flag('strict'),
    foreign: null,
  }
  return { ...tool, extra: { ...beside, ...wire.rest() } }
}

export function writeTool(tool: Tool, target: Target): Extra {
  if (tool.foreign)
    throw unsupportedContent(`the tool ${tool.name}, which its vendor runs`, target.model)
  const { name, description, schema, strict } = tool
  return {
    type: 'function',
    function: compact({ name, description, parameters: schema, strict }),
    ...tool.extra,
  }
}
