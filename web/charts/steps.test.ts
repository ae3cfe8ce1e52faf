import { describe, expect, test } from 'bun:test'
import { alongSteps, partsAlongSteps, stepsOf } from './steps.ts'

interface Row {
  readonly group: Readonly<Record<string, string | null>>
  readonly value: number | null
}

const hours = {
  since: '2026-11-22T06:00:00.000Z',
  until: '2026-11-22T09:00:00.000Z',
  timezone: 'Europe/Berlin',
}
const row = (hour: string, value: number | null, model = 'a'): Row => ({
  group: { hour: `2026-11-22T${hour}:00+01:00`, model },
  value,
})

describe('hours', () => {
  const rows = [row('08', 5), row('08', 2, 'b')]
  const steps = stepsOf({ ...hours, rows }, 'hour')

  test('are all there, those without a row too', () => {
    expect(steps.map((ms) => new Date(ms).toISOString().slice(11, 13))).toEqual(['06', '07', '08'])
  })

  test('of one kind are added, and those without a row are nothing or unknown', () => {
    expect(alongSteps(steps, rows, 'hour', ({ value }) => value, 0)).toEqual([0, 7, 0])
    expect(alongSteps(steps, rows, 'hour', ({ value }) => value, null)).toEqual([null, 7, null])
    const unmeasured = [row('09', null)]
    expect(alongSteps(steps, unmeasured, 'hour', ({ value }) => value, 0)).toEqual([0, 0, null])
  })

  test('in parts: the heaviest by name, the others as one', () => {
    const many = ['a', 'b', 'c', 'd'].map((model, index) => row('07', 10 - index, model))
    expect(
      partsAlongSteps(steps, many, 'hour', 'model', ({ value }) => value, 3).map(
        ({ label, values }) => [label, values[0]],
      ),
    ).toEqual([
      ['a', 10],
      ['b', 9],
      ['2 others', 15],
    ])
  })
})

test('days are those of the store, also where the clocks are changed between them', () => {
  const span = {
    since: '2026-10-23T22:00:00.000Z',
    until: '2026-10-26T23:00:00.000Z',
    timezone: 'Europe/Berlin',
    rows: [],
  }
  const days = stepsOf(span, 'day')
  const local = new Intl.DateTimeFormat('en-CA', { month: '2-digit', day: '2-digit' })
  expect(days.map((ms) => local.format(ms))).toEqual(['10-24', '10-25', '10-26'])
})
