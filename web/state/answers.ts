/** Answers that were shown lately, so that a page which is opened again stands at once. */
const answersMax = 80
const answers = new Map<string, unknown>()

export function known(url: string): unknown {
  return answers.get(url)
}

export function keep(url: string, answer: unknown): void {
  answers.delete(url)
  answers.set(url, answer)
  for (const oldest of answers.keys()) {
    if (answers.size <= answersMax) break
    answers.delete(oldest)
  }
}

/** Of whoever was signed in before. */
export function forget(): void {
  answers.clear()
}
