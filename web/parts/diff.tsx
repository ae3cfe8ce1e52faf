import { useMemo } from 'react'

interface DiffPart {
  readonly kind: 'same' | 'gone' | 'new'
  readonly text: string
}

/** Of each of the two texts: the table has as many cells as the product. */
const wordsMax = 1_500

/** What a text has that another has not, word by word; line by line where they are long. */
export function Diff({ before, after }: { readonly before: string; readonly after: string }) {
  const parts = useMemo(() => diffOf(before, after), [before, after])
  if (parts === null) {
    return <p className="faint-text">The texts are too long to be compared word by word.</p>
  }
  if (parts.every(({ kind }) => kind === 'same')) return <p className="diff">{after}</p>
  return (
    <p className="diff" dir="auto">
      {parts.map(({ kind, text }, index) =>
        kind === 'same' ? (
          <span key={index}>{text}</span>
        ) : kind === 'gone' ? (
          <del key={index}>{text}</del>
        ) : (
          <ins key={index}>{text}</ins>
        ),
      )}
    </p>
  )
}

/** @returns null when both are too long */
function diffOf(before: string, after: string): readonly DiffPart[] | null {
  for (const cut of [/(\s+)/, /(\n)/]) {
    const [left, right] = [before.split(cut), after.split(cut)]
    if (left.length <= wordsMax && right.length <= wordsMax) return joined(pairs(left, right))
  }
  return null
}

/** By the longest common subsequence. */
function pairs(left: readonly string[], right: readonly string[]): DiffPart[] {
  const width = right.length + 1
  const longest = new Uint16Array((left.length + 1) * width)
  for (let one = left.length - 1; one >= 0; one -= 1) {
    for (let other = right.length - 1; other >= 0; other -= 1) {
      longest[one * width + other] =
        left[one] === right[other]
          ? longest[(one + 1) * width + other + 1]! + 1
          : Math.max(longest[(one + 1) * width + other]!, longest[one * width + other + 1]!)
    }
  }
  const parts: DiffPart[] = []
  let [one, other] = [0, 0]
  while (one < left.length || other < right.length) {
    if (one < left.length && other < right.length && left[one] === right[other]) {
      parts.push({ kind: 'same', text: left[one]! })
      one += 1
      other += 1
    } else if (
      other >= right.length ||
      (one < left.length &&
        longest[(one + 1) * width + other]! >= longest[one * width + other + 1]!)
    ) {
      parts.push({ kind: 'gone', text: left[one]! })
      one += 1
    } else {
      parts.push({ kind: 'new', text: right[other]! })
      other += 1
    }
  }
  return parts
}

function joined(parts: readonly DiffPart[]): DiffPart[] {
  const runs: DiffPart[] = []
  for (const part of parts) {
    const last = runs.at(-1)
    if (part.text === '') continue
    if (last?.kind === part.kind) runs[runs.length - 1] = { ...part, text: last.text + part.text }
    else runs.push(part)
  }
  return runs
}
