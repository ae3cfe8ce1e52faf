import * as z from 'zod'
import { decimal } from '../../core/money.ts'
import { entries, flag, kindMessage, matching, section, value } from './form.ts'
import { taskName } from './names.ts'
import { ratio, usd } from './values.ts'

const monthly = 'an amount of USD such as 900 USD'

const weightsPattern = '^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$'

const adviceSettings = section({
  weights: entries(
    taskName,
    value('the name of open weights such as qwen3-32b', matching(weightsPattern), (text) =>
      new RegExp(weightsPattern).test(text) ? text : null,
    ),
    'open weights by task',
  )
    .prefault({})
    .describe(
      'Which open weights own machines would serve, by task. Unset: the measured ones among its models and those that were proven for it.',
    ),
  gpu: value('a card such as H100', matching('^[A-Za-z0-9-]{1,60}$'), (text) =>
    /^[A-Za-z0-9-]{1,60}$/.test(text) ? text : null,
  )
    .optional()
    .describe('The card. Unset: the measured one that serves most.'),
  rent: usd('an amount of USD such as 2.50 USD')
    .optional()
    .describe('Of a card for an hour. Unset: the median of known offers.'),
  people: ratio('a share from 0 to 1 such as 0.25')
    .optional()
    .describe('Of an engineer who looks after the machines. Unset: 0.25.'),
  salary: usd('an amount of USD such as 15000 USD')
    .optional()
    .describe('Of an engineer a month, with everything. Unset: 15000 USD.'),
  hidden: usd('an amount of USD such as 700 USD')
    .optional()
    .describe('Balancer, monitoring and updates a month. Unset: 700 USD.'),
})

const advice = z
  .union([flag(), adviceSettings], {
    error: ({ input }) => kindMessage(input, 'true or false, or settings'),
  })
  .prefault({})
  .describe(
    'A look once a day whether own machines have become cheaper for good, told after three steady months and not before. false: no look.',
  )

export const economics = section({
  payment_share: value(
    'a share from 0 to 1 such as 0.029',
    { type: ['number', 'string'] },
    (text) => (/^(?:0|1|0\.\d{1,9})$/.test(text) ? decimal(text) : null),
  )
    .optional()
    .describe('What of each payment goes to whoever collects it: 0.029. Unset: not known.'),
  payment_fixed: usd('an amount of USD such as 0.30 USD')
    .optional()
    .describe('What each payment costs besides: 0.30 USD. Unset: not known.'),
  servers: usd(monthly).optional().describe('Machines and services a month, models apart.'),
  people: usd(monthly).optional().describe('Wages a month.'),
  other: usd(monthly).optional().describe('Everything else a month: rent, tools, insurance.'),
  cash: usd('an amount of USD such as 400000 USD')
    .optional()
    .describe('What is in the bank, for the runway.'),
  revenue_growth: growth()
    .optional()
    .describe('Of revenue, month by month: 0.05. May be negative.'),
  cost_growth: growth()
    .optional()
    .describe("Of what models cost, month by month: 0.08. Unset: as revenue's."),
  advice,
})
  .prefault({})
  .describe(
    'What margins need and no ledger knows. What is not entered is shown as such and never taken for 0.',
  )

/** A share that may be negative, month by month. */
function growth() {
  return value(
    'a share a month from -0.99 to 10 such as 0.05',
    { anyOf: [{ type: 'number', minimum: -0.99, maximum: 10 }, matching('^-?[0-9.]+$')] },
    (text) => {
      if (!/^-?\d{1,2}(\.\d{1,9})?$/.test(text)) return null
      const number = Number(text)
      return number >= -0.99 && number <= 10 ? number : null
    },
  )
}
