import { type Extra, type Tool, noExtra } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import { readMark, writeMark } from '../cache-marks.ts'
import type { Target } from '../dialect.ts'
import { compact, Fields } from '../fields.ts'
import { id } from './wire.ts'

export function readTool(wire: Fields): Tool {
  const type = wire.text('type')
  const name = wire.text('name') ?? type ?? ''
  if (type !== null && type !== 'custom') {
    const foreign = { type: 'foreign', dialect: id, value: wire.value } as const
    return { name, description: null, schema: null, strict: null, extra: noExtra, foreign }
  }
  const tool = {
    name: wire.needText('name'),
    description: wire.text('description'),
    schema: wire.object('input_schema'),
    strict: wire.flag('strict'),
    foreign: null,
    ...readMark(wire),
  }
  return { ...tool, extra: wire.rest() }
}

export function writeTool(tool: Tool, target: Target): Extra {
  if (tool.foreign)
    throw unsupportedContent(`the tool ${tool.name}, which its vendor runs`, target.model)
  const { name, description, schema, strict } = tool
  return {
    ...compact({ name, description, strict: strict === true ? true : null }),
    input_schema: schema ?? { type: 'object', properties: {} },
    ...writeMark(tool),
    ...tool.extra,
  }
}
