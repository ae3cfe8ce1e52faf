/** What was spent; null where it is nothing but attempts without a price: what is not known is no zero. */
export function spentOf({
  cost_usd: usd,
  cost_unknown: unpriced,
}: {
  readonly cost_usd: string
  readonly cost_unknown: number
}): string | null {
  return unpriced > 0 && Number(usd) === 0 ? null : usd
}
