/** A free amount at a provider. */
export interface Credit {
  readonly provider: string
  readonly usd: bigint
}

export interface DayCost {
  readonly day: string
  /** 'provider/model' */
  readonly model: string
  readonly cost: bigint | null
}

/** Takes a provider's bill from its credit, day after day. `ends` is the day on which nothing is left. */
export function drawDown(
  { provider, usd }: Credit,
  costs: readonly DayCost[],
): { readonly used: bigint; readonly ends: string | null } {
  const days = new Map<string, bigint>()
  for (const { day, model, cost } of costs) {
    if (cost === null || !model.startsWith(`${provider}/`)) continue
    days.set(day, (days.get(day) ?? 0n) + cost)
  }
  let used = 0n
  for (const [day, cost] of [...days].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    used += cost
    if (used >= usd) return { used: usd, ends: day }
  }
  return { used, ends: null }
}
