interface Line {
  readonly kind: 'same' | 'gone' | 'new'
  readonly text: string
  /** In the file as it is; null for what is not in it yet. */
  readonly number: number | null
}

const signs = { same: ' ', gone: '−', new: '+' } as const
const words = { same: '', gone: 'removed: ', new: 'added: ' } as const

/** A part of a file, now and then, line by line. @param line  where it begins in the file */
export function LineDiff({
  before,
  after,
  line,
}: {
  readonly before: string
  readonly after: string
  readonly line: number
}) {
  const lines = linesOf(before.split('\n'), after.split('\n'), line)
  return (
    <div className="line-diff" tabIndex={0} role="region" aria-label="Change of the configuration">
      <ol>
        {lines.map(({ kind, text, number }, index) => (
          <li key={index} className={kind}>
            <span className="line-number" aria-hidden="true">
              {number ?? ''}
            </span>
            <span aria-hidden="true">{signs[kind]}</span>
            <span className="unseen">{words[kind]}</span>
            <code>{text}</code>
          </li>
        ))}
      </ol>
    </div>
  )
}

/** What stands before and after the change is the same in both: a swap changes one part. */
function linesOf(before: readonly string[], after: readonly string[], first: number): Line[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1
  let tail = 0
  const most = Math.min(before.length, after.length) - head
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1
  const line = (kind: Line['kind'], from: number) => (text: string, index: number) => ({
    kind,
    text,
    number: kind === 'new' ? null : first + from + index,
  })
  return [
    ...before.slice(0, head).map(line('same', 0)),
    ...before.slice(head, before.length - tail).map(line('gone', head)),
    ...after.slice(head, after.length - tail).map(line('new', head)),
    ...before.slice(before.length - tail).map(line('same', before.length - tail)),
  ]
}
