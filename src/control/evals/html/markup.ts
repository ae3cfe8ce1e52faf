/** Text that is markup already; everything else is escaped when it is put in. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Piece = Markup | string | number | null | readonly Piece[]

/** Markup with values in it; what models and users wrote can only ever become text. */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  let text = parts[0]!
  for (const [index, value] of values.entries()) text += textOf(value) + parts[index + 1]!
  return new Markup(text)
}

function textOf(piece: Piece): string {
  if (piece === null) return ''
  if (piece instanceof Markup) return piece.text
  if (Array.isArray(piece)) return (piece as readonly Piece[]).map(textOf).join('')
  return escaped(String(piece as string | number))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Controls that HTML does not allow are shown by their pictures (U+2400 and on). */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"']/g, (sign) => entities[sign]!)
    .replaceAll(/(?![\t\n\r])\p{Cc}/gu, (control) => {
      const code = control.charCodeAt(0)
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd'
    })
}
