import * as z from 'zod'
import * as units from '../units.ts'
import { kindMessage, list, matching, section, value } from './form.ts'
import { model } from './names.ts'
import { day, duration, ratio, usd, whole } from './values.ts'

const auditSettings = section({
  share: ratio('a share from 0 to 1, such as 0.02')
    .prefault('0.02')
    .describe('Of the calls; more in the first week of a policy.'),
  floor: whole('a number of audits from 0', 0, 1_000_000)
    .prefault('20')
    .describe('Audits a day that are tried for, where there are so many calls.'),
  cap: usd('an amount such as 5 USD')
    .prefault('5 USD')
    .describe('The most that audits may cost in a day, in UTC.'),
  agreement: ratio('a share above 0 and below 1, such as 0.9', false)
    .optional()
    .describe(
      "The share of answers that have to agree with the strong model's. Unset: as the policy's own rows and promise say.",
    ),
})

export const audit = z
  .union([ratio('a share from 0 to 1, such as 0.02'), auditSettings], {
    error: ({ input }) => kindMessage(input, 'a share such as 0.02, or settings'),
  })
  .optional()
  .describe(
    'Asks the strong model beside the one that answered, for a few calls drawn by chance, and alarms when quality falls. Unset: on with a guarantee, off without.',
  )

export const shadow = section({
  model: model.describe('Who is asked.'),
  share: ratio('a share from 0 to 1, such as 0.05').prefault('0.05').describe('Of the calls.'),
  cap: usd('an amount such as 5 USD')
    .prefault('5 USD')
    .describe('The most that it may cost in a day, in UTC.'),
})
  .optional()
  .describe(
    'Asks another model the same when the answer has been given. Its answers are kept beside the others; no caller waits for it, is charged for it or sees it.',
  )

const factor = value(
  'a factor from 1, such as 1.5',
  { anyOf: [{ type: 'number', minimum: 1 }, matching('^[0-9.]+$')] },
  (text) => {
    const number = units.plainNumber(text)
    return number !== null && number >= 1 ? number : null
  },
)

export const canary = section({
  model: model.describe('Who takes the task over.'),
  steps: list(ratio('a share above 0 and up to 1, such as 0.05'), 'a list of shares')
    .optional()
    .describe('Growing shares of the traffic. Unset: 0.01, 0.05, 0.25, 1.'),
  hold: duration('a time from 1s to 30d, such as 1h', 1_000, 30 * day)
    .prefault('1h')
    .describe('How long each step lasts at least.'),
  calls: whole('a number of calls from 1', 1, 1_000_000)
    .prefault('50')
    .describe('Calls that it has to answer in each step.'),
  guards: section({
    error_rate: ratio('a share from 0 to 1, such as 0.02')
      .prefault('0.02')
      .describe('By how much more often it may fail.'),
    schema_valid: ratio('a share from 0 to 1, such as 0.02')
      .prefault('0.02')
      .describe('By how much less often its answers may fit their schemas.'),
    refusal: ratio('a share from 0 to 1, such as 0.02')
      .prefault('0.02')
      .describe('By how much more often it may refuse.'),
    p95_latency: factor
      .optional()
      .describe(
        "How many times the other model's 95th percentile it may take. Unset: not looked at.",
      ),
    cost: factor.optional().describe('How many times as much it may cost. Unset: not looked at.'),
  })
    .prefault({})
    .describe('What takes it back, without a person.'),
})
  .optional()
  .describe(
    'A model that takes the task over in steps. Sessions stay on their side; a broken guard takes it back.',
  )
