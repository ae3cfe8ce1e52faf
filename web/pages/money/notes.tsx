/** From what figures were made, and what is in none of them; for whoever asks. */
export function Notes({
  title,
  notes,
}: {
  readonly title: string
  readonly notes: readonly string[]
}) {
  if (notes.length === 0) return null
  return (
    <details className="notes">
      <summary>{title}</summary>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  )
}
