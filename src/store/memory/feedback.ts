import {
  type FeedbackQuery,
  type FeedbackRate,
  type FeedbackRateQuery,
  type FeedbackRow,
  feedbackSlot,
  type FeedbackWords,
} from '../feedback.ts'
import { keptLabel, keptText } from '../kept.ts'
import { maskedFeedback, type Masker } from '../mask.ts'

/** What became of answers, in memory, in the order in which it was said. */
export class MemoryFeedback {
  readonly #masker: Masker | null
  readonly #rows: FeedbackRow[] = []

  constructor(masker: Masker | null) {
    this.#masker = masker
  }

  async addFeedback(row: FeedbackRow, words: FeedbackWords): Promise<FeedbackRow> {
    const { keyId, repeatId } = row
    const known = this.#rows.find(
      (each) => repeatId !== null && each.keyId === keyId && each.repeatId === repeatId,
    )
    if (known !== undefined) return known
    const { name, label, comment, ...rest } = maskedFeedback(row, words, this.#masker)
    const kept = {
      ...rest,
      name: keptLabel(name),
      label: label === null ? null : keptLabel(label),
      comment: comment === null ? null : keptText(comment),
    }
    this.#rows.push(kept)
    return kept
  }

  /** Takes comments and corrections out, or only counts them. */
  erase(isMeant: (row: FeedbackRow) => boolean, dry: boolean): number {
    let count = 0
    for (const [at, row] of this.#rows.entries()) {
      if (!isMeant(row) || (row.comment === null && row.correction === null)) continue
      count += 1
      if (!dry) this.#rows[at] = { ...row, comment: null, correction: null, digest: 'erased' }
    }
    return count
  }

  async feedback(query: FeedbackQuery): Promise<readonly FeedbackRow[]> {
    const { call, session, task, model, since, until, before, latest, limit } = query
    const counting = this.#counting()
    const end = before === undefined ? -1 : this.#rows.findIndex(({ id }) => id === before)
    return this.#rows
      .filter(
        (row, index) =>
          (before === undefined || index < end) &&
          (!latest || counting.has(row)) &&
          (call === undefined || (row.target.kind === 'call' && row.target.id === call)) &&
          (session === undefined || (row.target.kind === 'session' && row.target.id === session)) &&
          (task === undefined || row.task === task) &&
          (model === undefined || row.model === model) &&
          (since === undefined || row.at >= since) &&
          (until === undefined || row.at < until),
      )
      .toReversed()
      .slice(0, limit)
  }

  async feedbackRates({ task, since }: FeedbackRateQuery): Promise<readonly FeedbackRate[]> {
    const counting = [...this.#counting()].filter(
      (row) =>
        row.score !== null &&
        (task === undefined || row.task === task) &&
        (since === undefined || row.at >= since),
    )
    const groups = Map.groupBy(counting, (row) => JSON.stringify([row.task, row.model, row.name]))
    return [...groups]
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([, [first, ...others]]) => {
        const scores = [first!, ...others].map(({ score }) => score!)
        return {
          task: first!.task,
          model: first!.model,
          name: first!.name,
          scores: scores.length,
          sum: scores.reduce((sum, score) => sum + score, 0),
          squares: scores.reduce((sum, score) => sum + score * score, 0),
        }
      })
  }

  #counting(): ReadonlySet<FeedbackRow> {
    return new Set(new Map(this.#rows.map((row) => [feedbackSlot(row), row])).values())
  }
}
