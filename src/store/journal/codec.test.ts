import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import type { CallId } from '../../core/ids.ts'
import type { Money } from '../../core/money.ts'
import { anyIntent, anyRecord, brokenText } from '../chance.suite.ts'
import { anIntent, aRecord } from '../rows.suite.ts'
import { decodeIntent, decodeRecord, encodeIntent, encodeRecord, headOf } from './codec.ts'

const callId = '019aa73c-5e00-7000-8000-000000000001' as CallId

describe('a row in the journal', () => {
  test('comes back as it went in, whatever its texts hold', () => {
    fc.assert(
      fc.property(anyRecord, anyIntent, (record, intent) => {
        expect(decodeRecord(encodeRecord(record))).toEqual(record)
        expect(decodeIntent(encodeIntent(intent))).toEqual(intent)
      }),
    )
  })

  test('keeps text that is no well-formed Unicode', () => {
    fc.assert(
      fc.property(brokenText, (customer) => {
        expect(decodeRecord(encodeRecord(aRecord({ customer }))).customer).toBe(customer)
      }),
    )
  })

  test.each([0n, -1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 62n])(
    'has every picodollar of %d',
    (amount) => {
      const cost = amount as Money
      expect(encodeRecord(aRecord({ cost }))).toContain(`,"${amount}",`)
      expect(decodeRecord(encodeRecord(aRecord({ cost }))).cost).toBe(cost)
    },
  )

  test('is told by its head, without being parsed', () => {
    const record = aRecord({ callId, attempt: 12 })
    const intent = anIntent({ callId, attempt: 12 })
    expect(headOf(encodeRecord(record))).toEqual({ kind: 'record', key: `${callId}",12` })
    expect(headOf(encodeIntent(intent))).toEqual({ kind: 'intent', key: `${callId}",12` })
    expect(headOf('["x","y"]')).toBeNull()
    expect(headOf('[]')).toBeNull()
  })

  test('with more or fewer fields is of another version', () => {
    expect(() => decodeRecord('["r","x",1]')).toThrow(SyntaxError)
  })

  // The order of the fields is the format: journals of an earlier version hold exactly this.
  test('looks as version 4 has it', () => {
    expect(encodeRecord(aRecord({ callId }))).toMatchInlineSnapshot(
      `"["r","019aa73c-5e00-7000-8000-000000000001",1,1795262400000000,"web","production","acme","summary",null,"chat","openai-chat","general_purpose","general_purpose","deepseek","deepseek-v4-flash","deepseek-v4-flash-0910","a1b2c3d4","served","fixed","first in order","0123456789abcdef",null,[1200,300,0,0,250,0,0,0,0,0,0,0,0,0],"provider","{\\"prompt_tokens\\":1500,\\"completion_tokens\\":250,\\"total_tokens\\":1750}","583700000","table","deepseek/deepseek-v4-flash@2026-09-10",null,false,200,"complete",null,null,"stop",0,"chatcmpl-1",310,null,210000,null,1900000,320,null,null,null,null]"`,
    )
    expect(encodeIntent(anIntent({ callId }))).toMatchInlineSnapshot(
      `"["i","019aa73c-5e00-7000-8000-000000000001",1,1795262400000000,"web","production","acme","summary",null,"chat","openai-chat","general_purpose","general_purpose","deepseek","deepseek-v4-flash","served",false,"0123456789abcdef","9000000000"]"`,
    )
  })

  test('of version 3 was served as everybody is', () => {
    const record = aRecord({ callId, saved: 7n as Money })
    const before = encodeRecord(record).replace(/,null,null,null\]$/, ']')
    expect(before).toEndWith(',"7"]')
    expect(decodeRecord(before)).toEqual(record)
  })

  test('of version 2 came from no cache', () => {
    const record = aRecord({ callId })
    const before = encodeRecord(record).replace(/(?:,null){4}\]$/, ']')
    expect(decodeRecord(before)).toEqual(record)
    expect(() => decodeRecord(before.replace(/,320\]$/, ']'))).toThrow(SyntaxError)
    expect(() => decodeRecord(before.replace(/\]$/, ',null,null]'))).toThrow(SyntaxError)
  })

  test('of version 1 used nothing of the kinds that came later', () => {
    const record = aRecord({ callId })
    const text = encodeRecord(record).replace(/(?:,null){4}\]$/, ']')
    const before = text.replace(
      '[1200,300,0,0,250,0,0,0,0,0,0,0,0,0]',
      '[1200,300,0,0,250,0,0,0,0]',
    )
    expect(before).not.toBe(text)
    expect(decodeRecord(before)).toEqual(record)
  })
})
