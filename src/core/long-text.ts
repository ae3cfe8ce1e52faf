/** So many pieces are kept apart at least. */
const piecesMin = 16
/** One more for so many characters of the whole, so that putting it together costs no more per piece as it grows. */
const charactersPerPiece = 256

/**
 * A text that comes in pieces. Adding to a string leaves every piece of it in memory until somebody reads
 * the whole, and each collection of garbage goes through all of them: an answer has thousands, and
 * thousands of answers are open at once. So the pieces are put together every now and then.
 */
export class LongText {
  readonly #pieces: string[] = []
  length = 0

  constructor(begin = '') {
    if (begin !== '') this.add(begin)
  }

  add(piece: string): void {
    this.length += piece.length
    this.#pieces.push(piece)
    if (this.#pieces.length > piecesMin + this.length / charactersPerPiece) this.toString()
  }

  /** Takes all of it. */
  take(): string {
    const text = this.toString()
    this.#pieces.length = 0
    this.length = 0
    return text
  }

  toString(): string {
    const [text = ''] = this.#pieces
    if (this.#pieces.length < 2) return text
    const whole = this.#pieces.join('')
    this.#pieces.length = 1
    this.#pieces[0] = whole
    return whole
  }
}
