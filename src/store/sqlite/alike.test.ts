import { expect, test } from 'bun:test'
import type { AttemptRecord } from '../../core/record.ts'
import { aRecord } from '../rows.suite.ts'
import { Alike } from './alike.ts'

/** By customer and model, and how often something was made. */
function byModel() {
  const made: string[] = []
  const alike = new Alike<Pick<AttemptRecord, 'customer' | 'model'>, string>({
    factsOf: ({ customer, model }) => ({ customer, model }),
    nameOf: ({ customer }) => customer,
    isAlike: (one, other) => {
      // The record itself, with all that was said of a call, is not kept.
      expect(Object.keys(other)).toEqual(['customer', 'model'])
      return one.customer === other.customer && one.model === other.model
    },
    make: (record: AttemptRecord) => {
      made.push(`${record.customer}/${record.model}`)
      return made.at(-1)!
    },
  })
  return { alike, made }
}

test('what is alike gets the same, and what differs in a field does not', () => {
  const { alike, made } = byModel()
  const records = [null, '', 'null', 'acme'].flatMap((customer) =>
    [null, '', 'large'].map((model) => aRecord({ customer, model })),
  )
  for (const record of [...records, ...records])
    expect(alike.of(record)).toBe(`${record.customer}/${record.model}`)
  expect(made).toHaveLength(records.length)
})

test('however many there are, each gets its own, and few are remembered', () => {
  const { alike, made } = byModel()
  for (let round = 0; round < 2; round += 1) {
    for (let number = 0; number < 500; number += 1) {
      const record = aRecord({ customer: 'acme', model: `model-${number}` })
      expect(alike.of(record)).toBe(`acme/model-${number}`)
    }
  }
  expect(made.length).toBe(1_000)
  expect(alike.of(aRecord({ customer: 'acme', model: 'model-499' }))).toBe('acme/model-499')
  expect(made.length).toBe(1_000)
})
