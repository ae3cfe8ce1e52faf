import { useMemo } from 'react'

interface DiffLine {
  readonly kind: 'same' | 'gone' | 'new'
  readonly text: string
  /** From 1, in its own text. */
  readonly number: number
}

/** Lines around a change that are shown. */
const around = 3

/** Two texts line by line, as far as they differ. @param line  where they begin in their file */
export function LineDiff({
  before,
  after,
  line: first = 1,
}: {
  readonly before: string
  readonly after: string
  readonly line?: number
}) {
  const lines = useMemo(() => diffLines(before, after), [before, after])
  const shown = lines.map(
    (line, at) =>
      line.kind !== 'same' ||
      lines.slice(Math.max(0, at - around), at + around + 1).some(({ kind }) => kind !== 'same'),
  )
  return (
    <div className="line-diff" tabIndex={0} role="region" aria-label="Change of the configuration">
      {lines.map(({ kind, text, number }, at) =>
        shown[at] === true ? (
          <div key={at} className={kind}>
            <span aria-hidden="true">{first - 1 + number}</span>
            <span className="sign">
              {kind === 'same' ? ' ' : kind === 'gone' ? '−' : '+'}
              <span className="unseen">
                {kind === 'gone' ? ' taken out: ' : kind === 'new' ? ' put in: ' : ''}
              </span>
            </span>
            <code>{text}</code>
          </div>
        ) : shown[at - 1] === true || at === 0 ? (
          <div key={at} className="gap" aria-hidden="true">
            ⋯
          </div>
        ) : null,
      )}
    </div>
  )
}

/** By the longest common subsequence of what stands between the equal ends. */
function diffLines(before: string, after: string): readonly DiffLine[] {
  const [left, right] = [before.split('\n'), after.split('\n')]
  const least = Math.min(left.length, right.length)
  let head = 0
  while (head < least && left[head] === right[head]) head += 1
  let tail = 0
  while (tail < least - head && left.at(-1 - tail) === right.at(-1 - tail)) tail += 1
  const one = left.slice(head, left.length - tail)
  const other = right.slice(head, right.length - tail)
  const width = other.length + 1
  const longest = new Uint32Array((one.length + 1) * width)
  for (let row = one.length - 1; row >= 0; row -= 1)
    for (let column = other.length - 1; column >= 0; column -= 1)
      longest[row * width + column] =
        one[row] === other[column]
          ? longest[(row + 1) * width + column + 1]! + 1
          : Math.max(longest[(row + 1) * width + column]!, longest[row * width + column + 1]!)
  const lines: DiffLine[] = left
    .slice(0, head)
    .map((text, at) => ({ kind: 'same', text, number: at + 1 }))
  let [row, column] = [0, 0]
  while (row < one.length || column < other.length) {
    if (row < one.length && column < other.length && one[row] === other[column]) {
      lines.push({ kind: 'same', text: other[column]!, number: head + column + 1 })
      row += 1
      column += 1
    } else if (
      column >= other.length ||
      (row < one.length &&
        longest[(row + 1) * width + column]! >= longest[row * width + column + 1]!)
    ) {
      lines.push({ kind: 'gone', text: one[row]!, number: head + row + 1 })
      row += 1
    } else {
      lines.push({ kind: 'new', text: other[column]!, number: head + column + 1 })
      column += 1
    }
  }
  const from = right.length - tail
  return [
    ...lines,
    ...right
      .slice(from)
      .map((text, at): DiffLine => ({ kind: 'same', text, number: from + at + 1 })),
  ]
}
