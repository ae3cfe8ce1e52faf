/** Reads HTTP/1.1 answers off a connection: with a length, or chunked. What is neither is refused. */
export class AnswerReader {
  readonly #onBody: (bytes: Buffer) => void
  readonly #onEnd: (status: number) => void
  #rest: Buffer = empty
  #part: 'head' | 'length' | 'size' | 'chunk' | 'chunk-end' | 'trailer' = 'head'
  #left = 0
  #status = 0

  constructor(onBody: (bytes: Buffer) => void, onEnd: (status: number) => void) {
    this.#onBody = onBody
    this.#onEnd = onEnd
  }

  /** In the middle of an answer. */
  get amid(): boolean {
    return this.#part !== 'head' || this.#rest.length > 0
  }

  read(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = empty
    while (bytes.length > 0) {
      const next = this.#step(bytes)
      if (next === null) {
        this.#rest = bytes
        return
      }
      bytes = next
    }
  }

  /** @returns what is left; null when more has to come first */
  #step(bytes: Buffer): Buffer | null {
    switch (this.#part) {
      case 'head':
        return this.#head(bytes)
      case 'length':
      case 'chunk': {
        const part = bytes.subarray(0, this.#left)
        this.#left -= part.length
        this.#onBody(part)
        if (this.#left === 0) {
          if (this.#part === 'length') this.#end()
          else this.#part = 'chunk-end'
        }
        return bytes.subarray(part.length)
      }
      case 'chunk-end':
        if (bytes.length < 2) return null
        this.#part = 'size'
        return bytes.subarray(2)
      case 'size': {
        const end = bytes.indexOf('\r\n')
        if (end === -1) return null
        this.#left = Number.parseInt(bytes.toString('latin1', 0, end), 16)
        this.#part = this.#left === 0 ? 'trailer' : 'chunk'
        return bytes.subarray(end + 2)
      }
      case 'trailer': {
        const end = bytes.indexOf('\r\n')
        if (end === -1) return null
        if (end === 0) this.#end()
        return bytes.subarray(end + 2)
      }
    }
  }

  #head(bytes: Buffer): Buffer | null {
    const end = bytes.indexOf('\r\n\r\n')
    if (end === -1) return null
    const text = bytes.toString('latin1', 0, end)
    this.#status = Number(text.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
    if (length !== undefined) {
      this.#left = Number(length)
      if (this.#left === 0) this.#end()
      else this.#part = 'length'
    } else if (/\r\ntransfer-encoding: *chunked/i.test(text)) this.#part = 'size'
    else throw new Error(`An answer without a length: ${text}`)
    return bytes.subarray(end + 4)
  }

  #end(): void {
    this.#part = 'head'
    this.#onEnd(this.#status)
  }
}

const empty = Buffer.alloc(0)
