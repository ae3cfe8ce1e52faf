import type { ConfigIssueJson } from '../../../src/server/contract/settings.ts'

/** What is wrong, by line: each leads to its place in the text. */
export function Issues({
  issues,
  warnings,
  onGo,
}: {
  readonly issues: readonly ConfigIssueJson[]
  readonly warnings: readonly string[]
  readonly onGo: (place: { readonly line: number; readonly column: number }) => void
}) {
  return (
    <ul className="issues" aria-live="polite" aria-label="What is wrong">
      {issues.map(({ line, column, sentence }) => (
        <li key={`${line}:${column} ${sentence}`} className="bad">
          <button type="button" onClick={() => onGo({ line, column })}>
            {line}:{column}
          </button>
          <span>{sentence}</span>
        </li>
      ))}
      {warnings.map((sentence) => (
        <li key={sentence} className="warning">
          <span>{sentence}</span>
        </li>
      ))}
    </ul>
  )
}
