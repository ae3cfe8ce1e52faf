import type { ReactNode } from 'react'
import { percent } from './format.ts'
import { Link } from './button.tsx'
import { Money } from './figures.tsx'

export interface StatProps {
  readonly label: string
  /** Null while it is on its way. */
  readonly value: ReactNode
  /** Now and in the time before it, to be compared; null where one is not known. */
  readonly now?: number | null
  readonly before?: number | null
  /** Which change is welcome. */
  readonly better?: 'more' | 'less' | 'neither'
  readonly note?: ReactNode
  readonly to?: string
}

/** One figure with its name, and how it changed. */
export function Stat({ label, value, now, before, better = 'neither', note, to }: StatProps) {
  const inside = (
    <>
      <span className="stat-label">{label}</span>
      <span className="stat-value figure">
        {value === null ? (
          <span className="skeleton stat-wait" role="status" aria-label="Loading" />
        ) : (
          value
        )}
      </span>
      <span className="stat-note">
        <Change now={now ?? null} before={before ?? null} better={better} />
        {note}
      </span>
    </>
  )
  return to === undefined ? (
    <div className="stat">{inside}</div>
  ) : (
    <Link className="stat" to={to}>
      {inside}
    </Link>
  )
}

/** One figure of a time and of the time before it, of which either may not be known yet. */
export function compared<Total>(
  now: Total | null,
  before: Total | null,
  figure: (total: Total) => number | null,
  format: (value: number | null) => ReactNode,
): Pick<StatProps, 'value' | 'now' | 'before'> {
  return {
    value: now === null ? null : format(figure(now)),
    now: now === null ? null : figure(now),
    before: before === null ? null : figure(before),
  }
}

/** The same of an amount, which is decimal text; null where it is not known. */
export function comparedMoney<Total>(
  now: Total | null,
  before: Total | null,
  usd: (total: Total) => string | null,
): Pick<StatProps, 'value' | 'now' | 'before'> {
  const figure = (total: Total | null): number | null => {
    const text = total === null ? null : usd(total)
    return text === null ? null : Number(text)
  }
  return {
    value: now === null ? null : <Money usd={usd(now)} />,
    now: figure(now),
    before: figure(before),
  }
}

function Change({
  now,
  before,
  better,
}: {
  readonly now: number | null
  readonly before: number | null
  readonly better: 'more' | 'less' | 'neither'
}) {
  if (now === null || before === null) return null
  if (before === 0) return now === 0 ? <span className="change">as before</span> : null
  const share = (now - before) / Math.abs(before)
  if (Math.abs(share) < 0.005) return <span className="change">as before</span>
  if (now / before >= 100) return <span className="change">hardly any before</span>
  const welcome = better === 'neither' ? '' : share > 0 === (better === 'more') ? ' good' : ' bad'
  const text = Math.abs(share) >= 10 ? `×${(now / before).toFixed(0)}` : percent(Math.abs(share))
  return (
    <span className={`change${welcome}`}>
      <span aria-hidden="true">{share > 0 ? '↑' : '↓'} </span>
      {text}
      <span className="unseen">{share > 0 ? ' more' : ' less'} than before</span>
    </span>
  )
}
