import { oneOf, section } from './form.ts'
import { day, duration, pace, usd, whole } from './values.ts'

const budget = section({
  limit: usd('an amount such as 50 USD').describe(
    'The most that may be spent in each period, in USD. A call whose worst case does not fit is refused.',
  ),
  per: oneOf(['day', 'week', 'month', 'total']).describe(
    'When it begins anew, in the time zone of `timezone`; total never does. Weeks begin on Monday.',
  ),
}).describe('A limit on spending.')

const paceWords = 'a number and a time such as 600/min, with /s, /min, /h or /day'

const rate = section({
  requests: pace(paceWords).optional().describe('Calls in a time.'),
  tokens: pace(paceWords).optional().describe('Tokens in a time, in and out together.'),
  concurrent: whole('a number of calls from 1', 1, 1_000_000)
    .optional()
    .describe('Calls at the same moment.'),
}).describe('A limit on pace.')

export const bounds = { budget: budget.optional(), rate: rate.optional() }

const timeoutWords = 'a time from 1ms to 1d, such as 20s'

export const timeouts = section({
  connect: duration(timeoutWords, 1, day)
    .optional()
    .describe('Until the connection stands. Unset: 2s.'),
  headers: duration(timeoutWords, 1, day)
    .optional()
    .describe(
      'Until the answer begins. Vendors send headers with the finished answer when it is not streamed. Unset: none.',
    ),
  first_content: duration(timeoutWords, 1, day)
    .optional()
    .describe(
      'Until the first content of an answer; reasoning counts. Unset: 30s for streams, none for others.',
    ),
  idle: duration(timeoutWords, 1, day)
    .optional()
    .describe('Between two pieces of a stream. Unset: 30s for streams, none for others.'),
  total: duration(timeoutWords, 1, day).optional().describe('For the whole answer. Unset: 10m.'),
}).describe('Limits of time, each on its own clock. One that is set holds for every call.')
