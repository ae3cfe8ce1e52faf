import { money, unknown } from '../../parts/format.ts'

/** More or less than now: less is welcome. */
export function Change({ usd }: { readonly usd: string | null }) {
  if (usd === null) return <span className="unknown">{unknown}</span>
  const value = Number(usd)
  return (
    <span className={value < 0 ? 'figure good-text' : 'figure'} title={`${usd} USD`}>
      {value > 0 ? '+' : ''}
      {money(usd)}
    </span>
  )
}
