/** Per million tokens, in the price's own currency. */
export function Price({
  input,
  output,
  currency,
}: {
  readonly input: string | null
  readonly output: string | null
  readonly currency: string | null
}) {
  if (input === null && output === null)
    return (
      <span className="unknown" title="No price is known: calls of it have no known cost">
        unknown
      </span>
    )
  const sign = currency === 'USD' || currency === null ? '$' : ''
  const text = [input, output].map((each) => (each === null ? '–' : `${sign}${each}`)).join(' / ')
  return (
    <span className="figure" title="Per million tokens">
      {text}
      {sign === '' ? ` ${currency}` : ''}
    </span>
  )
}
