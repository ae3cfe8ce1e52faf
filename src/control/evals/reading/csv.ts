/** A record of a table, with the line on which it begins. */
export interface CsvRecord {
  readonly line: number
  readonly fields: readonly string[]
}

export class CsvFault extends Error {
  override readonly name = 'CsvFault'
  readonly line: number

  constructor(line: number, sentence: string) {
    super(sentence)
    this.line = line
  }
}

/**
 * RFC 4180: fields between commas, in quotes where they hold commas, quotes (twice) or ends of lines.
 * Empty lines are no records.
 * @throws CsvFault
 */
export function readCsv(text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = []
  const end = text.length
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let line = 1
  while (at < end) {
    const began = line
    const fields: string[] = []
    for (;;) {
      let field = ''
      if (text[at] === '"') {
        const opened = line
        at += 1
        for (;;) {
          const close = text.indexOf('"', at)
          if (close === -1) throw new CsvFault(opened, 'A quote opens here and is never closed.')
          const piece = text.slice(at, close)
          line += piece.split('\n').length - 1
          field += piece
          at = close + 1
          if (text[at] !== '"') break
          field += '"'
          at += 1
        }
        if (at < end && text[at] !== ',' && !endsAt(text, at))
          throw new CsvFault(
            line,
            'Text stands behind a closing quote. Write a quote within quotes twice.',
          )
      } else {
        const stop = nextOf(text, at)
        field = text.slice(at, stop)
        if (field.includes('"'))
          throw new CsvFault(
            line,
            'A quote stands within a field without quotes. Put the whole field in quotes, and its quotes twice.',
          )
        at = stop
      }
      fields.push(field)
      if (text[at] !== ',') break
      at += 1
    }
    if (text[at] === '\r') at += 1
    if (text[at] === '\n') at += 1
    line += 1
    if (fields.length > 1 || fields[0] !== '') records.push({ line: began, fields })
  }
  return records
}

function endsAt(text: string, at: number): boolean {
  return text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n')
}

/** Where a field without quotes ends. */
function nextOf(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === ',' || endsAt(text, at)) return at
  }
  return text.length
}
