import type { Call } from '../core/call.ts'
import type { Quirks, Target, WrittenCall } from './dialect.ts'
import { isObject, present } from './fields.ts'
import { Parameters, withoutOwnNames } from './parameters.ts'

/** A call whose provider speaks its own dialect keeps its text, but for the few things that stand here. */

/** The text with the model's name there, without nulls, and as the provider's table says. */
export function editCall(call: Call, target: Target): WrittenCall {
  const parameters = editing(call, target)
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.edit(call.body), adapted: parameters.adapted }
}

/** What every edit begins with: the model's name there, no nulls, no metadata that was meant for the gateway. */
export function editing({ body, model, metadata }: Call, target: Target): Parameters {
  const parameters = new Parameters(body.value)
  parameters.removeNulls()
  if (model !== target.model) parameters.set('model', target.model)
  if (metadata !== null) {
    const kept = withoutOwnNames(metadata)
    if (kept === undefined) parameters.remove('metadata')
    else if (kept !== metadata) parameters.set('metadata', kept)
  }
  return parameters
}

/** Asks for the usage of a stream by OpenAI's `stream_options`, where the provider takes them. */
export function askForUsage(
  call: Pick<Call, 'stream' | 'usageAsked'>,
  parameters: Parameters,
  { streamUsage = 'ask' }: Quirks,
): void {
  if (!call.stream || streamUsage === 'unasked') return
  const options = parameters.get('stream_options')
  if (streamUsage === 'refused') {
    if (!present(options)) return
    parameters.remove('stream_options')
    parameters.adapted.push('-stream_options')
    return
  }
  if (call.usageAsked) return
  parameters.set('stream_options', { ...(isObject(options) ? options : {}), include_usage: true })
}
