import { describe, expect, test } from 'bun:test'
import { Fraction } from '../../core/fraction.ts'
import { readCsv } from '../evals/reading/csv.ts'
import type { ChargeLine } from '../economics/charge-line.ts'
import { compareInvoice } from './invoice.ts'
import { columnsOf, readInvoice } from './invoice-file.ts'

const line = (model: string, meter: string | null, units: number, usd: string): ChargeLine =>
  ({ provider: 'acme', model, meter, units: String(units), cost_usd: usd }) as ChargeLine

const ledger = [
  line('flash', 'input', 1_000_000, '0.15'),
  line('flash', 'cacheRead', 500_000, '0.0015'),
  line('flash', 'output', 100_000, '0.06'),
  line('flash', 'reasoning', 50_000, '0.03'),
  line('flash-lite', 'input', 10, '0.000001'),
]

function held(text: string, unit = '1', perUsd = '1') {
  const [header, ...records] = readCsv(text)
  const read = readInvoice(
    records,
    columnsOf(header!.fields, {}),
    ['flash', 'flash-lite'],
    Fraction.of(unit),
    Fraction.of(perUsd),
  )
  return { ...read, ...compareInvoice(read.lines, ledger) }
}

test('each meter is compared, cached input is no input, and thoughts are within output', () => {
  const { compared, notInvoiced } = held(`SKU,Usage Type,Quantity,Cost (USD)
acme flash,Input tokens (cache miss),"1,000,000",$0.15
acme flash,Cached input tokens,500000,0.0015
acme flash,Output tokens,150000,0.0945`)
  const found = compared.map(({ sku, drift, quantityDrift }) => [
    sku,
    drift!.text(6),
    quantityDrift!.text(6),
  ])
  expect(found).toEqual([
    ['flash input', '0', '0'],
    ['flash cacheRead', '0', '0'],
    ['flash output', '0.05', '0'],
  ])
  expect(compared[2]!.effectivePrice!.text(6)).toBe('0.63')
  expect(notInvoiced.map(({ sku }) => sku)).toEqual(['flash-lite input'])
})

test('all of an invoice is held against all that is booked, also what is on one of the two alone', () => {
  const { total, compared, unmatched } = held(`model,amount
flash,0.2415
nobody,0.5`)
  expect([compared[0]!.drift!.text(6), unmatched.length]).toEqual(['0', 1])
  expect(total.invoiced.text(6)).toBe('0.7415')
  expect(total.drift!.isNegative).toBe(false)
  expect(total.drift!.isZero).toBe(false)
})

test('a line of a whole model is compared with all of its meters, refunds taken off', () => {
  const { compared } = held(`model,amount
flash,0.3
flash,(0.06)
flash,"-0.0000"`)
  expect(compared).toMatchObject([{ sku: 'flash', measured: 1_650_000n }])
  expect(compared[0]!.invoiced.text(6)).toBe('0.24')
  expect(compared[0]!.booked.text(6)).toBe('0.2415')
})

test('a minus behind the sign of the currency is one, and a decimal comma is not read as thousands', () => {
  const { lines, unread } = held(`model,amount
flash,$-0.06
flash,0.06-
flash,"1,234.50"
flash,"12,50"
flash,"1.234,50"
flash,2-3`)
  expect(lines.map(({ amount }) => amount.text(2))).toEqual(['-0.06', '-0.06', '1234.5'])
  expect(unread.map(({ line: at }) => at)).toEqual([5, 6, 7])
})

test('the longest name is the model, millions are counted, and yuan are made dollars', () => {
  const { compared } = held(
    'item,quantity,amount\nflash-lite input,0.00001,0.000007',
    '1000000',
    '7',
  )
  expect(compared[0]!).toMatchObject({ sku: 'flash-lite input' })
  expect(compared[0]!.drift!.isZero).toBe(true)
  expect(compared[0]!.quantityDrift!.isZero).toBe(true)
})

describe('what does not match is named', () => {
  test('lines of nothing that is known, and lines that cannot be read', () => {
    const { unmatched, unread, compared } = held(`model,type,quantity,amount
support plan,,1,20
flash,input tokens,lots,1
flash,input tokens,1,free`)
    expect(unmatched.map((each) => each.line)).toEqual([2])
    expect(unread.map((each) => [each.line, each.says])).toEqual([
      [3, 'its quantity is no number: lots'],
      [4, 'its amount is no number: free'],
    ])
    expect(compared).toEqual([])
  })

  test('a file without an amount, with the titles that are there', () => {
    expect(() => columnsOf(['model', 'when'], {})).toThrow('model, when')
    expect(() => columnsOf(['model', 'cost'], { amount: 'Betrag' })).toThrow('no column Betrag')
    expect(columnsOf(['Modell', 'Betrag'], { model: 'modell', amount: 'Betrag' })).toMatchObject({
      model: 0,
      amount: 1,
      quantity: null,
    })
  })
})

test('what was booked at nothing has no drift, and is not taken for a match', () => {
  const free = compareInvoice(
    [{ line: 2, item: 'flash', model: 'flash', meter: null, quantity: null, amount: Fraction.one }],
    [line('flash', null, 0, '0')],
  )
  expect(free.compared).toMatchObject([{ drift: null, effectivePrice: null }])
})
