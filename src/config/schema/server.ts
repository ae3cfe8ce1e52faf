import { Secret } from '../../core/secret.ts'
import { isTimeZone } from '../../core/zone.ts'
import { lanesMax } from '../../store/lanes.ts'
import { section, value } from './form.ts'
import { duration, size, whole } from './values.ts'

export const server = section({
  host: value('an address to listen on, such as 127.0.0.1', { type: 'string' }, (text) =>
    /^[A-Za-z0-9.:_-]{1,253}$/.test(text) ? text : null,
  )
    .prefault('127.0.0.1')
    .describe(
      'The address to listen on. 127.0.0.1 is this machine only; 0.0.0.0 is every network it is in.',
    ),
  port: whole('a port from 0 to 65535', 0, 65_535)
    .prefault('4000')
    .describe('The port to listen on; 0 takes any that is free. --port and PORT go before it.'),
  workers: whole(`a number of threads from 1 to ${lanesMax}`, 1, lanesMax)
    .prefault('1')
    .describe(
      'Threads that serve calls on the same port, of one core each. Budgets, rates and places are counted by all of them together.',
    ),
  body_limit: size('a size from 1kB to 1GB such as 32MB', 1_000, 1_000_000_000)
    .prefault('32MB')
    .describe('The largest request body that is read.'),
  body_timeout: duration('a time from 1s to 1h, such as 30s', 1_000, 3_600_000)
    .prefault('30s')
    .describe('How long a request body may take to arrive.'),
  drain: duration('a time from 0s to 1h, such as 30s', 0, 3_600_000)
    .prefault('30s')
    .describe('How long calls under way may go on when the gateway is told to stop.'),
})
  .prefault({})
  .describe('Where and how the gateway listens. Changes take effect at the next start.')

export const timezone = value(
  'a time zone such as UTC or Europe/Berlin',
  { type: 'string' },
  (text) =>
    // Any other name makes the runtime load its tables of zones, which takes longer than the rest.
    text === 'UTC' || isTimeZone(text) ? text : null,
)

export const alarms = section({
  webhook: value(
    'a URL that begins with https:// or http://',
    { type: 'string' },
    (text) => {
      const isWeb = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
      return isWeb ? new Secret(text) : null
    },
    false,
  )
    .optional()
    .describe(
      'Where every alarm is posted, in the shape that Slack takes. Often a secret in itself.',
    ),
})
  .prefault({})
  .describe(
    'Who is told of alarms. They also stand on /metrics, in the store and on the dashboard.',
  )
