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
  const text = [input, output]
    .map((each) => (each === null ? '–' : `${sign}${cents(each)}`))
    .join(' / ')
  return (
    <span className="figure" title="Per million tokens">
      {text}
      {sign === '' ? ` ${currency}` : ''}
    </span>
  )
}

/** Decimal text with two places at least, and all that it has. */
export function cents(rate: string): string {
  const [whole = '0', places = ''] = rate.split('.')
  return `${whole}.${places.padEnd(2, '0')}`
}
