/** Where in a file; lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface Issue {
  readonly place: Place
  readonly sentence: string
}

/** A suite that cannot be run as it stands, with a sentence for each thing that is wrong. */
export class SuiteFault extends Error {
  override readonly name = 'SuiteFault'
  readonly sentences: readonly string[]

  constructor(issues: readonly Issue[]) {
    const sentences = issues.map(issueText)
    super(sentences.join('\n'))
    this.sentences = sentences
  }
}

export function issueText({ place, sentence }: Issue): string {
  return `${place.file}:${place.line}:${place.column}: ${sentence}`
}
