import { Fraction } from '../../core/fraction.ts'
import type { Kind } from '../../core/usage.ts'
import type { InvoiceLine } from './invoice.ts'

/** What a column of an invoice can be, and how vendors call it. The first that fits is taken. */
const titles = {
  model: ['model', 'model_id', 'model_name', 'sku', 'item', 'product', 'description', 'line_item'],
  meter: ['meter', 'token_type', 'usage_type', 'type', 'category', 'meter_name'],
  quantity: ['quantity', 'usage_quantity', 'tokens', 'usage', 'units', 'token_count'],
  amount: ['amount', 'amount_usd', 'cost', 'cost_usd', 'total', 'charge', 'price_total', 'spend'],
} as const

export type InvoiceColumn = keyof typeof titles

export const invoiceColumns = Object.keys(titles) as readonly InvoiceColumn[]

/** Which column is what; null: there is none. */
export type Columns = Readonly<Record<InvoiceColumn, number | null>>

export interface ReadInvoice {
  readonly lines: readonly InvoiceLine[]
  /** Lines that could not be read, and why. */
  readonly unread: readonly { readonly line: number; readonly says: string }[]
}

/**
 * Finds the columns by their titles.
 * @param named  what the user said: it goes before a guess
 * @throws RangeError with a sentence when there is no amount or no model
 */
export function columnsOf(
  header: readonly string[],
  named: Readonly<Partial<Record<InvoiceColumn, string>>>,
): Columns {
  const plain = header.map(plainTitle)
  const place = (column: InvoiceColumn): number | null => {
    const said = named[column]
    const wanted: readonly string[] = said === undefined ? titles[column] : [plainTitle(said)]
    const found = wanted.map((title) => plain.indexOf(title)).find((index) => index !== -1)
    if (said !== undefined && found === undefined)
      throw new RangeError(`There is no column ${said}. There are: ${header.join(', ')}`)
    return found ?? null
  }
  const columns = {
    model: place('model'),
    meter: place('meter'),
    quantity: place('quantity'),
    amount: place('amount'),
  }
  const missing = (['model', 'amount'] as const).find((column) => columns[column] === null)
  if (missing !== undefined) {
    throw new RangeError(
      `No column looks like the ${missing}. Name it: --columns ${missing}=TITLE. There are: ${header.join(', ')}`,
    )
  }
  return columns
}

/**
 * @param models  ids that the ledger knows: a line's model is the longest that stands in it
 * @param unit  units in one of the file's quantities: 1,000,000 where it counts millions
 * @param perUsd  units of the invoice's currency per dollar
 */
export function readInvoice(
  records: readonly { readonly line: number; readonly fields: readonly string[] }[],
  columns: Columns,
  models: readonly string[],
  unit: Fraction,
  perUsd: Fraction,
): ReadInvoice {
  const lines: InvoiceLine[] = []
  const unread: { line: number; says: string }[] = []
  const longest = models.toSorted((left, right) => right.length - left.length)
  for (const { line, fields } of records) {
    const cell = (column: InvoiceColumn): string | null => {
      const place = columns[column]
      return place === null ? null : (fields[place]?.trim() ?? '')
    }
    const item = [cell('model'), cell('meter')].filter((part) => part !== null).join(' ')
    const amount = numberOf(cell('amount') ?? '')
    if (amount === null) {
      unread.push({ line, says: `its amount is no number: ${cell('amount') ?? ''}` })
      continue
    }
    const said = cell('quantity')
    const quantity = said === null || said === '' ? null : numberOf(said)
    if (said !== null && said !== '' && quantity === null) {
      unread.push({ line, says: `its quantity is no number: ${said}` })
      continue
    }
    const name = (cell('model') ?? '').toLowerCase()
    const model = longest.find((id) => name.includes(id.toLowerCase())) ?? null
    const about = model === null ? item : item.toLowerCase().replace(model.toLowerCase(), ' ')
    lines.push({
      line,
      item,
      model,
      meter: meterOf(cell('meter') ?? about),
      quantity: quantity?.times(unit) ?? null,
      amount: amount.over(perUsd),
    })
  }
  return { lines, unread }
}

/** In the order to try: 'cached input' is no input. */
const words: readonly (readonly [RegExp, Kind])[] = [
  [/cache.*miss/i, 'input'],
  [/cache.*(?:write|creation|storage).*(?:1h|1 h|hour)/i, 'cacheWrite1h'],
  [/cache.*(?:write|creation)/i, 'cacheWrite5m'],
  [/cache/i, 'cacheRead'],
  [/reason|thinking/i, 'reasoning'],
  [/audio.*(?:in|input)\b|input.*audio/i, 'audioIn'],
  [/audio.*(?:out|output)\b|output.*audio/i, 'audioOut'],
  [/output|completion|generated/i, 'output'],
  [/input|prompt/i, 'input'],
  [/search/i, 'search'],
]

function meterOf(text: string): Kind | null {
  return words.find(([pattern]) => pattern.test(text))?.[1] ?? null
}

/**
 * '$1,234.50', '-3', '$-3.00', '(3.00)'. Null for what is no number: also for '1.234,50' and '12,50', whose comma is the
 * decimal sign, because read as one of thousands it would be a hundred times as much.
 */
function numberOf(text: string): Fraction | null {
  const plain = text.replaceAll(/[\s$€¥]|USD|CNY/gi, '')
  const [, before = '', size, behind = ''] =
    /^([-+(]?)((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)([-)]?)$/.exec(plain) ?? []
  if (size === undefined || (before === '(') !== (behind === ')')) return null
  const amount = Fraction.of(size.replaceAll(',', ''))
  return before === '(' || before === '-' || behind === '-' ? amount.negated() : amount
}

/** 'Usage Quantity' is usage_quantity. */
function plainTitle(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replaceAll(/\(.*\)/g, '')
    .trim()
    .replaceAll(/[^a-z0-9]+/g, '_')
}
