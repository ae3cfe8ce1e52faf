import { useNow } from '../state/now.ts'
import { ago, moment, money, unknown, utc } from './format.ts'

/** An amount as /api says it; the whole of it is in the title. */
export function Money({ usd }: { readonly usd: string | null }) {
  if (usd === null) {
    return (
      <span className="unknown" title="Not known: there is no price for some of it">
        unknown
      </span>
    )
  }
  const negative = usd.startsWith('-')
  return (
    <span className={negative ? 'figure loss' : 'figure'} title={`${usd} USD`}>
      {money(usd)}
    </span>
  )
}

/** A moment in the time of whoever looks; in UTC in the title. */
export function When({
  at,
  style = 'both',
}: {
  readonly at: string | null
  readonly style?: 'time' | 'date' | 'both'
}) {
  if (at === null) return <span className="unknown">{unknown}</span>
  return (
    <time className="figure" dateTime={at} title={utc(at)}>
      {moment(at, style)}
    </time>
  )
}

export function Ago({ at }: { readonly at: string }) {
  const now = useNow(10_000)
  return (
    <time className="figure" dateTime={at} title={utc(at)}>
      {ago(at, now)}
    </time>
  )
}
