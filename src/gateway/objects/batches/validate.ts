import type { KeptFiles } from '../../../store/files/kept-files.ts'
import type { LinePlace } from '../../../store/files/lines.ts'
import { isLineFault, readBatchLine } from '../batch-line.ts'
import type { NumberedFault } from './facts.ts'

/** A line that is to be asked: where it stands, and what has to be known before it is read again. */
export interface WaitingLine extends LinePlace {
  readonly customId: string
  readonly model: string
  /** How often it was asked and has to be asked again. */
  tries: number
}

/** As at OpenAI. */
const linesMax = 50_000
/** More of them help nobody to mend a file. */
const faultsMax = 100

/** Reads a batch's file through. What is wrong with it is told line by line, up to a hundred lines. */
export async function validate(
  kept: KeptFiles,
  input: string,
  endpoint: string,
): Promise<{ readonly lines: WaitingLine[]; readonly faults: readonly NumberedFault[] }> {
  const lines: WaitingLine[] = []
  const faults: NumberedFault[] = []
  const seen = new Set<string>()
  let number = 0
  for await (const portion of kept.lines(input)) {
    for (const { start, length, text } of portion.lines) {
      number += 1
      if (text?.trim() === '') continue
      const line = readBatchLine(text)
      if (isLineFault(line)) faults.push({ ...line, line: number })
      else if (line.url !== endpoint) faults.push(otherUrl(line.url, endpoint, number))
      else if (seen.has(line.customId)) faults.push(twice(line.customId, number))
      else {
        seen.add(line.customId)
        const model = String(line.body.value['model'])
        lines.push({ start, length, customId: line.customId, model, tries: 0 })
      }
    }
    if (faults.length >= faultsMax || lines.length > linesMax) break
  }
  if (lines.length > linesMax) faults.push(whole('too_many_requests', tooMany))
  if (lines.length === 0 && faults.length === 0) faults.push(whole('empty_file', empty))
  return { lines, faults: faults.slice(0, faultsMax) }
}

const tooMany = `The file has more than ${linesMax} requests. Make several batches of it.`
const empty = 'The file has no requests: it takes one JSON object a line.'

function whole(code: string, message: string): NumberedFault {
  return { code, message, param: null, line: null }
}

function otherUrl(url: string, endpoint: string, line: number): NumberedFault {
  const message = `The batch asks ${endpoint}, and this line ${JSON.stringify(url.slice(0, 60))}.`
  return { code: 'invalid_url', message, param: 'url', line }
}

function twice(customId: string, line: number): NumberedFault {
  const message = `The custom_id ${JSON.stringify(customId.slice(0, 60))} stands in an earlier line too.`
  return { code: 'duplicate_custom_id', message, param: 'custom_id', line }
}
