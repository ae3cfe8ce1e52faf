import type { Instant } from '../../core/clock.ts'
import type { LedgerReader } from '../../store/ports.ts'
import { idleOf, type RentedMachine } from './shared-cost.ts'

const hourUs = 3_600_000_000

/** What machines cost in a time while no attempt held them; null where none is rented. */
export async function idleCost(
  {
    ledger,
    machines,
  }: {
    readonly ledger: Pick<LedgerReader, 'spanSums'>
    readonly machines: readonly RentedMachine[]
  },
  { since, until }: { readonly since: Instant; readonly until: Instant },
): Promise<bigint | null> {
  if (machines.length === 0) return null
  const { rows } = await ledger.spanSums({
    spans: [{ label: 'all', since, until }],
    by: ['model'],
    filters: {},
  })
  const booked = new Map(rows.map(({ group, cost }) => [group[1] ?? '', cost as bigint]))
  const hours = (until - since) / hourUs
  return machines.reduce(
    (sum, machine) => sum + idleOf(machine, hours, booked.get(machine.model) ?? 0n),
    0n,
  )
}
