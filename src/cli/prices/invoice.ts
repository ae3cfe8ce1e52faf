import { readFileSync } from 'node:fs'
import type { ChargeLine } from '../../control/economics/charge-line.ts'
import { readCsv } from '../../control/evals/reading/csv.ts'
import { type Compared, compareInvoice, type Comparison } from '../../control/exports/invoice.ts'
import {
  columnsOf,
  type InvoiceColumn,
  invoiceColumns,
  readInvoice,
  type ReadInvoice,
} from '../../control/exports/invoice-file.ts'
import { instant, systemClock } from '../../core/clock.ts'
import { Fraction } from '../../core/fraction.ts'
import { dayText, spanOf } from '../../core/zone.ts'
import type { CostsJson } from '../../server/contract/costs.ts'
import type { DriftWishJson } from '../../server/prices-json.ts'
import type { Client } from '../client.ts'
import { CommandError, type Context, UsageError } from '../command.ts'
import { chargesOf } from '../exports/charges.ts'
import { dollars, grouped, printable, type Printer, table } from '../print.ts'

const shownPlaces = 6

/** A vendor's invoice against the ledger, line by line. Exits 1 where they are too far apart. */
export async function holdInvoice(
  context: Context,
  client: Client,
  [file]: readonly string[],
): Promise<0 | 1> {
  const { json, print } = context
  const provider = context.option('provider')
  if (file === undefined || provider === undefined)
    throw new UsageError('prices invoice needs a file and --provider NAME.')
  const unit = fractionOf(context, 'unit', '1')
  const perUsd = fractionOf(context, 'per-usd', '1')
  const tolerance = fractionOf(context, 'tolerance', '0.01')
  if (unit.isZero || perUsd.isZero) throw new UsageError('--unit and --per-usd are above 0.')
  const { timezone } = await client.get<CostsJson>('/api/costs?since=1h')
  const month = context.option('month') ?? monthBefore(timezone)
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(month))
    throw new UsageError(`--month is such as 2026-10, not ${month}.`)
  const { start: since, end: until } = spanOf('month', instant(`${month}-15T12:00:00Z`), timezone)
  const ledger: ChargeLine[] = []
  let unknown = 0
  for await (const { lines, coverage } of chargesOf(client, { since, until, timezone }, context)) {
    ledger.push(...lines.filter((line) => line.provider === provider))
    unknown += coverage.unknown
  }
  const models = [...new Set(ledger.flatMap(({ model }) => (model === null ? [] : [model])))]
  const invoice = readFile(file, context, models, unit, perUsd)
  const comparison = compareInvoice(invoice.lines, ledger)
  const off = comparison.compared.filter((each) => isOff(each, tolerance))
  const { total } = comparison
  const isWholeOff = isOff(total, tolerance)
  await client.post('/api/prices/drift', {
    provider,
    period: month,
    drifts: [
      ...off.map(({ sku, drift }) => ({ sku, drift: percent(drift) })),
      ...(isWholeOff ? [{ sku: 'all of it', drift: percent(total.drift) }] : []),
    ],
  } satisfies DriftWishJson)
  const held: Held = { provider, month, comparison, invoice, off, isWholeOff, unknown }
  print.out(json ? JSON.stringify(jsonOf(held)) : textOf(held, print))
  const whole = comparison.unmatched.length === 0 && invoice.unread.length === 0
  return off.length === 0 && !isWholeOff && whole ? 0 : 1
}

function monthBefore(timezone: string): string {
  const { start } = spanOf('month', systemClock.now(), timezone)
  return dayText((start - 1) as typeof start, timezone).slice(0, 7)
}

/** @throws UsageError */
function fractionOf(context: Context, name: string, usual: string): Fraction {
  try {
    return Fraction.of(context.option(name) ?? usual)
  } catch {
    throw new UsageError(`--${name} has to be a number.`)
  }
}

/** @throws CommandError, UsageError */
function readFile(
  file: string,
  context: Context,
  models: readonly string[],
  unit: Fraction,
  perUsd: Fraction,
): ReadInvoice {
  const named: Partial<Record<InvoiceColumn, string>> = {}
  for (const pair of context.option('columns')?.split(',') ?? []) {
    const [name = '', title = ''] = pair.split('=')
    const column = invoiceColumns.find((each) => each === name.trim())
    if (column === undefined || title === '')
      throw new UsageError(`--columns takes ${invoiceColumns.join(', ')}, as amount=TITLE.`)
    named[column] = title
  }
  try {
    const [header, ...records] = readCsv(readFileSync(file, 'utf8'))
    if (header === undefined) throw new RangeError('it is empty.')
    return readInvoice(records, columnsOf(header.fields, named), models, unit, perUsd)
  } catch (error) {
    throw new CommandError(`${file}: ${(error as Error).message}`)
  }
}

/** What was paid, or what was counted, is off. What the ledger books at nothing and is invoiced is off as well. */
function isOff(
  { drift, invoiced }: Pick<Compared, 'drift' | 'invoiced'>,
  tolerance: Fraction,
): boolean {
  if (drift === null) return !invoiced.isZero
  const size = drift.isNegative ? drift.negated() : drift
  return size.compare(tolerance) > 0
}

function percent(drift: Fraction | null): string {
  if (drift === null) return 'an amount where nothing is booked'
  const text = drift.times(Fraction.of(100)).text(2)
  return `${drift.isNegative ? '' : '+'}${text} %`
}

/** An invoice beside the ledger. */
interface Held {
  readonly provider: string
  readonly month: string
  readonly comparison: Comparison
  readonly invoice: ReadInvoice
  /** Further apart than they may be. */
  readonly off: readonly Compared[]
  /** All of the invoice together is: something is on one of the two alone. */
  readonly isWholeOff: boolean
  /** Attempts without a known price. */
  readonly unknown: number
}

function jsonOf({ provider, month, comparison, invoice, off, isWholeOff, unknown }: Held) {
  const { compared, unmatched, notInvoiced, total } = comparison
  const text = (amount: Fraction | null): string | null => amount?.text(12) ?? null
  return {
    provider,
    month,
    compared: compared.map((each) => ({
      sku: each.sku,
      invoiced_usd: text(each.invoiced),
      invoiced_quantity: text(each.invoicedQuantity),
      measured_units: String(each.measured),
      booked_usd: text(each.booked),
      effective_usd_per_million: text(each.effectivePrice),
      drift: text(each.drift),
      quantity_drift: text(each.quantityDrift),
      alarm: off.includes(each),
    })),
    total: {
      invoiced_usd: text(total.invoiced),
      booked_usd: text(total.booked),
      drift: text(total.drift),
      alarm: isWholeOff,
    },
    unmatched: unmatched.map(({ line, item, amount }) => ({
      line,
      item,
      amount_usd: text(amount),
    })),
    not_invoiced: notInvoiced.map(({ sku, booked }) => ({ sku, booked_usd: text(booked) })),
    unread: invoice.unread,
    attempts_without_price: unknown,
  }
}

function textOf(held: Held, print: Printer): string {
  const { provider, month, comparison, invoice, off, isWholeOff, unknown } = held
  const { compared, unmatched, notInvoiced, total } = comparison
  const amount = (each: Fraction): string => dollars(each.text(shownPlaces))
  const body =
    compared.length === 0
      ? 'No line of the invoice is of a model that the ledger knows.'
      : table(
          compared,
          [
            { title: 'SKU', value: ({ sku }) => sku, shrinks: true },
            { title: 'INVOICED', value: ({ invoiced }) => amount(invoiced), right: true },
            { title: 'BOOKED', value: ({ booked }) => amount(booked), right: true },
            { title: 'MEASURED', value: ({ measured }) => grouped(Number(measured)), right: true },
            {
              title: 'PAID PER MILLION',
              value: ({ effectivePrice: price }) => price?.text(shownPlaces) ?? '-',
              right: true,
            },
            { title: 'DRIFT', value: ({ drift }) => percent(drift), right: true },
            {
              title: 'IN UNITS',
              value: ({ quantityDrift: drift }) => (drift === null ? '-' : percent(drift)),
              right: true,
            },
          ],
          print,
        )
  return [
    `${printable(provider)}, ${month}`,
    '',
    body,
    '',
    ...unmatched.map(
      ({ line, item, amount: each }) =>
        `Line ${line} is of nothing that the ledger knows: ${printable(item)}, ${amount(each)}`,
    ),
    ...notInvoiced.map(
      ({ sku, booked }) => `Booked and on no line: ${printable(sku)}, ${amount(booked)}`,
    ),
    ...invoice.unread.map(({ line, says }) => `Line ${line} could not be read: ${printable(says)}`),
    ...(unknown > 0
      ? [`${grouped(unknown)} attempts of that month have no known price, and are in no figure.`]
      : []),
    `Together ${amount(total.invoiced)} are invoiced and ${amount(total.booked)} booked: ${percent(total.drift)}.`,
    off.length === 0 && !isWholeOff
      ? 'Nothing is off by more than it may be.'
      : `${off.length === 0 ? 'All of it together is off by more than it may be' : `${grouped(off.length)} of ${grouped(compared.length)} are off by more than they may be`}; an alarm is raised.`,
  ].join('\n')
}
