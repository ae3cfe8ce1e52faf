import { concentrationOf } from './concentration.ts'

/** Spending by who gets it, seen one way. */
export interface Spread {
  /** 0 to 10,000; over 2,500 counts as highly concentrated. Null when nothing was spent. */
  readonly hhi: number | null
  readonly effective_vendors: number | null
  readonly top: string | null
  readonly top_share: number | null
  readonly shares: readonly { readonly name: string; readonly share: number }[]
  /** Share of the spending whose place is not known; it is in none of the figures above. */
  readonly unknown_share: number | null
}

/** @param spend  picodollars by name; null: not known who */
export function spreadOf(spend: ReadonlyMap<string | null, bigint>): Spread {
  const known = [...spend]
    .flatMap(([name, amount]) => (name === null || amount <= 0n ? [] : [{ name, amount }]))
    .toSorted((left, right) =>
      left.amount === right.amount
        ? left.name < right.name
          ? -1
          : 1
        : left.amount > right.amount
          ? -1
          : 1,
    )
  const found = concentrationOf(known.map(({ amount }) => Number(amount)))
  const sum = known.reduce((all, { amount }) => all + amount, 0n)
  const unknown = spend.get(null) ?? 0n
  return {
    hhi: found === null ? null : round(found.hhi),
    effective_vendors: found === null ? null : round(found.effectiveVendors),
    top: known[0]?.name ?? null,
    top_share: found === null ? null : round(found.topShare),
    shares: known.map(({ name, amount }) => ({ name, share: round(Number(amount) / Number(sum)) })),
    unknown_share: sum + unknown <= 0n ? null : round(Number(unknown) / Number(sum + unknown)),
  }
}

function round(value: number): number {
  return Number(value.toFixed(4))
}
