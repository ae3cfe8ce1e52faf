import { Fraction } from '../../core/fraction.ts'
import type { Decimal } from '../../core/money.ts'

/** Settings of the file; amounts are picodollars a month. Null: not entered. */
export interface EconomicsTerms {
  readonly paymentShare: Decimal | null
  readonly paymentFixed: bigint | null
  readonly servers: bigint | null
  readonly people: bigint | null
  readonly other: bigint | null
  readonly cash: bigint | null
  readonly revenueGrowth: number | null
  readonly costGrowth: number | null
}

/** Cards that are paid for by the hour, busy or not. */
export interface RentedMachine {
  readonly model: string
  readonly gpus: number
  readonly usdPerGpuHour: Decimal
}

export interface SharedPart {
  readonly name: string
  /** Null: not entered. */
  readonly amount: bigint | null
  readonly source: string
}

/** What a machine cost while no attempt held it; never below 0. */
export function idleOf(machine: RentedMachine, hours: number, booked: bigint): bigint {
  const rent = Fraction.of(machine.usdPerGpuHour)
    .times(Fraction.of(machine.gpus))
    .times(new Fraction(BigInt(Math.round(hours * 3_600)), 3_600n))
    .times(Fraction.of(1_000_000_000_000n))
    .round()
  return rent > booked ? rent - booked : 0n
}

export function sharedOf(
  terms: EconomicsTerms,
  /** Part of the month; 1 for a whole calendar month, whatever its length. */
  months: Fraction,
  checks: bigint,
  idle: bigint | null,
): readonly SharedPart[] {
  const monthly = (amount: bigint | null): bigint | null =>
    amount === null ? null : Fraction.of(amount).times(months).round()
  const file = (setting: string, amount: bigint | null): string =>
    amount === null ? `not entered: economics.${setting}` : `economics.${setting}`
  return [
    { name: 'servers', amount: monthly(terms.servers), source: file('servers', terms.servers) },
    { name: 'people', amount: monthly(terms.people), source: file('people', terms.people) },
    { name: 'other', amount: monthly(terms.other), source: file('other', terms.other) },
    { name: 'shadows, audits and judges', amount: checks, source: 'the ledger' },
    ...(idle === null
      ? []
      : [
          {
            name: 'idle cards',
            amount: idle,
            source: 'prices of the file, as if rented all the time, less what attempts held',
          },
        ]),
  ]
}
