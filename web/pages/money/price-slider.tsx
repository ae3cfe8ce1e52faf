import { useEffect, useState } from 'react'
import { go, withParams } from '../../state/location.ts'
import { useSettled } from '../../state/settled.ts'

/** The address learns where it came to rest: browsers count how often it is written. */
export function PriceSlider({ name, rise }: { readonly name: string; readonly rise: number }) {
  const [at, setAt] = useState(rise)
  useEffect(() => setAt(rise), [rise])
  const settled = useSettled(at, 120)
  useEffect(() => {
    if (settled === rise || settled !== at) return
    go(withParams({ [`rise.${name}`]: settled === 0 ? null : String(settled) }), { replace: true })
    // Only where the slider rests is told; what the address says comes by the effect above.
  }, [settled])
  return (
    <label className="slider">
      <span className="slider-name" title={name}>
        {name}
      </span>
      <output
        className={at === 0 ? 'figure faint-text' : at > 0 ? 'figure bad-text' : 'figure good-text'}
      >
        {at === 0 ? 'as it is' : signed(at).replace('-', '−')}
      </output>
      <input
        type="range"
        min={-100}
        max={400}
        step={5}
        value={at}
        aria-label={`Price of ${name}`}
        aria-valuetext={at === 0 ? 'as it is' : signed(at)}
        onChange={(event) => setAt(Number(event.target.value))}
      />
    </label>
  )
}

/** As /api takes a rise: '+50%'. */
export function signed(rise: number): string {
  return `${rise < 0 ? '-' : '+'}${Math.abs(rise)}%`
}
