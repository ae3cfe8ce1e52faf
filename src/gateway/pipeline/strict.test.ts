import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../core/errors.ts'
import { refuseDrops } from './strict.ts'
import type { Task } from './snapshot.ts'

const task = (strict: boolean) => ({ strict }) as Task
const asked = (header: string | null, strict: boolean | null) => ({
  task: strict === null ? null : task(strict),
  header: (name: string) => (name === 'x-freehold-strict' ? header : null),
})

describe('a strict call', () => {
  test('is refused where something would be dropped, with the names of all of it', () => {
    for (const trip of [asked('1', null), asked('true', false), asked(null, true)]) {
      const refuse = () => refuseDrops(trip, 'acme/large', ['a>b', '-seed', '+c=1', '-logit_bias'])
      expect(refuse).toThrow(/acme\/large has no way to take seed, logit_bias,/)
      expect(refuse).toThrow(GatewayError)
    }
  })

  test('is sent where all of it can be said in one way or another', () => {
    refuseDrops(asked('1', true), 'acme/large', ['a>b', 'temperature=1', 'n~calls', '+c'])
  })
})

test('a call that is not strict loses what it must', () => {
  for (const trip of [asked(null, null), asked('0', false), asked('no', null)]) {
    refuseDrops(trip, 'acme/large', ['-seed'])
  }
})
