import * as z from 'zod'
import { decimal, type Decimal, type Money } from '../core/money.ts'
import { Secret } from '../core/secret.ts'
import { isTimeZone } from '../core/zone.ts'
import { dataPromises } from '../providers/provider.ts'
import { isModelName, modelPattern } from './model-name.ts'
import { nearest } from '../core/spelling.ts'
import { lanesMax } from '../store/lanes.ts'
import * as units from './units.ts'

/**
 * Every setting of freehold.yaml, documented where it is declared: the reference page, the editor's
 * JSON Schema and the checks are all made from here.
 *
 * The schema reads the tree of `read.ts`, in which each value is the text that was written. Messages
 * are the rest of a sentence that begins with the setting's name: 'takes a duration such as 30s.'
 */

// A file is read once in a while: compiling the checks takes longer than running them uncompiled.
z.config({ jitless: true })

/** How a value may be written, as JSON Schema, for editors. */
export type Written = Readonly<Record<string, unknown>>

export const writtenAs = z.registry<{ readonly written: Written }>()

/** Says why a text is no value here, where 'takes ...' would not be enough. */
class Refusal {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/**
 * A setting that is one value.
 * @param read  gives null for a text that is none
 * @param shown  whether a message may repeat the text; not so where a secret may stand
 */
function value<T>(
  what: string,
  written: Written,
  read: (text: string) => T | Refusal | null,
  shown = true,
) {
  const schema = z
    .string({ error: ({ input }) => kindMessage(input, what) })
    .transform((text, context): T => {
      const meant = read(text)
      if (meant instanceof Refusal) {
        context.addIssue({ code: 'custom', message: meant.message })
      } else if (meant === null) {
        context.addIssue({ code: 'custom', message: `takes ${what}.`, params: { shown } })
      } else return meant
      return z.NEVER
    })
  writtenAs.add(schema, { written })
  return schema
}

/** A group of settings. */
function section<Shape extends z.core.$ZodLooseShape>(shape: Shape, what = 'settings') {
  const names = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((name) => unknownMessage(name, names)).join('\n')
        : kindMessage(issue.input, `${what}: ${names.join(', ')}`),
  })
}

function unknownMessage(name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  if (meant !== null) return `There is no setting ${name} here. Did you mean ${meant}?`
  return `There is no setting ${name} here. There are: ${known.join(', ')}.`
}

/** Entries by name. */
function entries<Entry extends z.core.SomeType>(name: z.ZodString, entry: Entry, what: string) {
  return z.record(name, entry, { error: ({ input }) => kindMessage(input, what) })
}

function list<Item extends z.core.SomeType>(item: Item, what: string) {
  return z
    .array(item, { error: ({ input }) => kindMessage(input, what) })
    .min(1, { error: `takes ${what}; an empty list names none.` })
}

function kindMessage(input: unknown, what: string): string {
  if (input === undefined) return `is missing: it takes ${what}.`
  if (input === null) return `has no value: it takes ${what}.`
  if (typeof input === 'string') return `takes ${what}, and here stands a single value.`
  return `takes ${what}, and here stands ${Array.isArray(input) ? 'a list' : 'a group of settings'}.`
}

function matching(pattern: string): Written {
  return { type: 'string', pattern: `${pattern}|\\$\\{` }
}

function oneOf<const Name extends string>(names: readonly Name[]) {
  const written = { anyOf: [{ enum: names }, { type: 'string', pattern: '\\$\\{' }] }
  const what = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
  return value(what, written, (text) => {
    const name = names.find((known) => known === text)
    if (name !== undefined) return name
    const meant = nearest(text, names)
    return meant === null ? null : new Refusal(`takes ${what}. Did you mean ${meant}?`)
  })
}

function flag() {
  const written = { anyOf: [{ type: 'boolean' }, { type: 'string', pattern: '\\$\\{' }] }
  return value('true or false', written, (text) =>
    text === 'true' ? true : text === 'false' ? false : null,
  )
}

function whole(what: string, min: number, max: number) {
  const written = { anyOf: [{ type: 'integer', minimum: min, maximum: max }, matching('^[0-9]+$')] }
  return value(what, written, (text) => {
    const number = units.wholeNumber(text)
    return number !== null && number >= min && number <= max ? number : null
  })
}

/** @param min @param max  milliseconds */
function duration(what: string, min: number, max: number) {
  return value(what, matching(units.patterns.duration), (text) => {
    const ms = units.durationMs(text)
    return ms !== null && ms >= min && ms <= max ? ms : null
  })
}

function size(what: string, min: number, max: number) {
  return value(what, matching(units.patterns.size), (text) => {
    const bytes = units.sizeBytes(text)
    if (bytes !== null) return bytes >= min && bytes <= max ? bytes : null
    return /\d ?(k|m|g)i?b?$/i.test(text)
      ? new Refusal(`takes ${what}, written kB, MB or GB.`)
      : null
  })
}

function usd(what: string) {
  return value(what, matching(units.patterns.usd), (text): Money | Refusal | null => {
    const amount = units.usdAmount(text)
    if (amount !== null) return amount
    const [, number, currency] = /^([\d.]+) ?([A-Za-z]{3}|[$€£¥])?$/.exec(text) ?? []
    if (number === undefined) return null
    if (currency === undefined || currency === '$' || currency.toUpperCase() === 'USD') {
      return new Refusal(`takes ${what}: write ${number} USD.`)
    }
    return new Refusal(`takes ${what}: budgets are kept in USD, so write the amount in USD.`)
  })
}

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

function pace(what: string) {
  return value(what, matching(units.patterns.pace), (text) => {
    const read = units.pace(text)
    return read !== null && read.count > 0 ? read : null
  })
}

/** A price, read as it is written: a decimal text, never a float. */
function price(what: string) {
  const pattern = '^[0-9]{1,12}(\\.[0-9]{1,18})?$'
  const written = { anyOf: [{ type: 'number', minimum: 0 }, matching(pattern)] }
  return value(what, written, (text): Decimal | Refusal | null => {
    if (new RegExp(pattern).test(text)) return decimal(text)
    if (/^\d[\d.]*e[-+]?\d+$/i.test(text)) {
      return new Refusal(`takes ${what}, without an exponent: write 0.0000001, not 1e-7.`)
    }
    return null
  })
}

/** Anything that a header can carry, and so a caller can send. Blanks around it are no part of it. */
function secret(what: string, lengthMin: number, lengthMax: number) {
  return value(
    what,
    { type: 'string', minLength: 1 },
    (text): Secret | Refusal => {
      const trimmed = text.trim()
      if (!/^[\x21-\x7e]*$/.test(trimmed)) {
        return new Refusal(
          'has characters in it that no header can carry: blanks, line breaks or letters beyond ASCII.',
        )
      }
      if (trimmed.length < lengthMin) {
        return new Refusal(lengthMin === 1 ? 'is empty.' : `needs ${lengthMin} characters or more.`)
      }
      return trimmed.length > lengthMax
        ? new Refusal(`has more than ${lengthMax} characters.`)
        : new Secret(trimmed)
    },
    false,
  )
}

/** May be as secret as a key. */
const headerValue = value(
  'a value',
  { type: 'string' },
  (text) =>
    /^[\x21-\x7e]([\x20-\x7e]{0,4094}[\x21-\x7e])?$/.test(text)
      ? new Secret(text)
      : new Refusal(
          'has to be visible ASCII, at most 4096 characters, with blanks only in between.',
        ),
  false,
)

const idPattern = '^[A-Za-z0-9_.:@-]{1,100}$'
const idWords = 'letters, digits and _ . : @ -, at most 100 of them'
const id = value(`a name of ${idWords}`, { type: 'string', pattern: idPattern }, (text) =>
  new RegExp(idPattern).test(text) ? text : null,
)

function named(pattern: RegExp, what: string) {
  return z.string().regex(pattern, { error: `is no name for ${what}.` })
}

const providerName = named(new RegExp(idPattern), `a provider: it takes ${idWords}`)
const taskName = named(
  /^[A-Za-z0-9_.:@-]([A-Za-z0-9_.:@/-]{0,98}[A-Za-z0-9_.:@-])?$/,
  `a task: it takes ${idWords}, and slashes between them`,
)
const callerName = named(
  /^[ -~\u00a0-\uffff]{1,200}$/,
  'whom calls are made for: it takes 1 to 200 characters, without control characters',
)

const modelWords = 'provider/model, such as deepseek/deepseek-v4-flash'
const modelName = named(new RegExp(modelPattern), `a model: it takes ${modelWords}`)

const model = value(modelWords, matching(modelPattern), (text) =>
  isModelName(text) ? text : null,
).describe('A model at a provider: provider/model.')

const day = 86_400_000

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

const bounds = { budget: budget.optional(), rate: rate.optional() }

const timeoutWords = 'a time from 1ms to 1d, such as 20s'

const timeouts = section({
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

const data = oneOf(dataPromises)
const country = value(
  'a country of two capital letters, such as CN',
  matching('^[A-Z]{2}$'),
  (text) => {
    if (/^[A-Z]{2}$/.test(text)) return text
    return /^[a-z]{2}$/i.test(text)
      ? new Refusal(`takes two capital letters: write ${text.toUpperCase()}.`)
      : null
  },
)

const server = section({
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

const store = value('a folder such as ./data', { type: 'string', minLength: 1 }, (text) => {
  if (/^postgres(ql)?:/i.test(text)) {
    return new Refusal(
      'cannot be a postgres store: that is not built in this version. Name a folder, such as ./data.',
    )
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    return new Refusal('takes a folder such as ./data; addresses are not built in this version.')
  }
  return text === '' || text.includes('\0') ? null : text
})

const timezone = value('a time zone such as UTC or Europe/Berlin', { type: 'string' }, (text) =>
  // Any other name makes the runtime load its tables of zones, which takes longer than the rest.
  text === 'UTC' || isTimeZone(text) ? text : null,
)

const alarms = section({
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

const monthly = 'an amount of USD such as 900 USD'

const economics = section({
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
})
  .prefault({})
  .describe(
    'What margins need and no ledger knows. What is not entered is shown as such and never taken for 0.',
  )

const retention = section({
  payloads: duration('a time from 1h to 3660d, such as 30d', 3_600_000, 3_660 * day)
    .prefault('30d')
    .describe('How long prompts and answers are kept, as far as `payloads` keeps them.'),
  rows: duration('a time from 1d to 3660d, such as 396d', day, 3_660 * day)
    .prefault('396d')
    .describe('How long rows of the ledger are kept. 396d is 13 months; sums are kept for ever.'),
})
  .prefault({})
  .describe('How long things are kept. What is older is deleted, indexes and all.')

const ledger = section({
  when_unavailable: oneOf(['refuse', 'serve'])
    .prefault('refuse')
    .describe(
      'What becomes of calls while the journal cannot be written, because the disk is full or broken. refuse: 503. serve: they are answered, their rows wait in memory, and an alarm says so; rows that still wait when the process dies are lost.',
    ),
  queue: size('a size from 1MB to 1GB such as 64MB', 1_000_000, 1_000_000_000)
    .prefault('64MB')
    .describe(
      'What may wait in memory meanwhile. Half of it full, calls are refused either way; the rest is kept for those under way.',
    ),
})
  .prefault({})
  .describe('The ledger on a disk that fails. Changes take effect at the next start.')

const files = section({
  size: size('a size from 1MB to 1GB such as 200MB', 1_000_000, 1_000_000_000)
    .prefault('200MB')
    .describe(
      'The largest file that may be uploaded to `/v1/files`. It is held in memory meanwhile.',
    ),
  total: size('a size from 1MB to 1000GB such as 10GB', 1_000_000, 1_000_000_000_000)
    .prefault('10GB')
    .describe('All files together that the gateway itself keeps. What is more is refused.'),
  keep: duration('a time from 1h to 3660d, such as 30d', 3_600_000, 3_660 * day)
    .prefault('30d')
    .describe('How long the gateway itself keeps a file, and what became of a batch.'),
})
  .prefault({})
  .describe('Files that the gateway itself keeps: those of batches that it runs, and their output.')

const batches = section({
  concurrent: whole('a number of calls from 1 to 1000', 1, 1_000)
    .prefault('4')
    .describe('Lines of all batches that the gateway runs itself, at the same moment.'),
})
  .prefault({})
  .describe('Batches that the gateway runs itself. See the guide on files and batches.')

const media = section({
  fetch: flag()
    .prefault('false')
    .describe(
      'Whether the gateway fetches pictures and documents that a call names by address, for models that take only their bytes. Without it such a call is refused.',
    ),
  size: size('a size from 1kB to 100MB such as 20MB', 1_000, 100_000_000)
    .prefault('20MB')
    .describe('All that is fetched for one call, at most.'),
  origins: list(
    value('an origin such as http://media.internal:9000', { type: 'string' }, (text) =>
      URL.canParse(text) && /^https?:\/\/[^/?#@]+$/i.test(text) ? new URL(text).origin : null,
    ),
    'a list of origins such as [http://media.internal:9000]',
  )
    .optional()
    .describe(
      'Places that may be anywhere, also in a private network: they are permitted by standing here. All others have to be on the open internet.',
    ),
})
  .prefault({})
  .describe('Pictures and documents that calls name by address.')

const provider = section({
  type: value(
    'the name of a vendor or an engine, or openai-compatible or anthropic-compatible',
    { type: 'string' },
    (text) => text,
  )
    .optional()
    .describe(
      'What it is: a known vendor or engine, openai-compatible or anthropic-compatible. Unset: what its name says.',
    ),
  base_url: value(
    'a URL that begins with https:// or http://',
    matching('^https?://'),
    baseUrl,
    false,
  )
    .optional()
    .describe(
      'All that stands before /chat/completions, /messages and so on. Unset: as the vendor says.',
    ),
  api_key: secret('a key', 1, 8192)
    .optional()
    .describe(
      'The key. Unset: the one in the environment under the name that the vendor uses, such as DEEPSEEK_API_KEY.',
    ),
  api_keys: list(secret('a key', 1, 8192), 'a list of keys')
    .optional()
    .describe('Several keys, used in turn; one that the vendor refuses rests.'),
  data: data
    .optional()
    .describe(
      "What happens to prompts there: any, no-training or on-premises. Unset: as the vendor's terms say.",
    ),
  jurisdiction: country
    .optional()
    .describe('The country whose law it answers to, ISO 3166. Unset: as the catalog says.'),
  timeouts: timeouts.optional(),
  models: entries(
    named(/^[^\s\0]{1,200}$/, 'a model: it takes the id that the provider knows, without blanks'),
    section({ timeouts: timeouts.optional() }),
    'models by the ids that the provider knows',
  )
    .optional()
    .describe(
      'What holds for single models there. Their limits of time go before those of the provider, and after those of a task.',
    ),
  ...bounds,
  headers: entries(z.string(), headerValue, 'names and values of headers')
    .optional()
    .describe('Headers that every request to it carries besides its own.'),
}).describe("A vendor, an aggregator, or an engine of one's own.")

const hedgeAfterWords = 'a time such as 800ms, or a percentile such as p95'
const hedgeAfter = value(
  hedgeAfterWords,
  matching(`${units.patterns.duration}|^p[5-9][0-9]$`),
  (text): { readonly ms: number } | { readonly quantile: number } | null => {
    const percentile = /^p([5-9]\d)$/.exec(text)?.[1]
    if (percentile !== undefined) return { quantile: Number(percentile) / 100 }
    const ms = units.durationMs(text)
    return ms !== null && ms > 0 && ms <= day ? { ms } : null
  },
)

const routerPath = value(
  'a file such as policies/support.json',
  { type: 'string', minLength: 1 },
  (text) => (text === '' || text.includes('\0') ? null : text),
)

/** @param withEnds  whether 0 and 1 themselves are shares here */
function ratio(what: string, withEnds = true) {
  const written = { anyOf: [{ type: 'number', minimum: 0, maximum: 1 }, matching('^[0-9.]+$')] }
  return value(what, written, (text) => {
    const number = units.plainNumber(text)
    if (number === null || number < 0 || number > 1) return null
    return withEnds || (number > 0 && number < 1) ? number : null
  })
}

const factor = value(
  'a factor from 1, such as 1.5',
  { anyOf: [{ type: 'number', minimum: 1 }, matching('^[0-9.]+$')] },
  (text) => {
    const number = units.plainNumber(text)
    return number !== null && number >= 1 ? number : null
  },
)

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

const checksFile = value(
  'a file of TypeScript such as checks/answer.ts',
  { type: 'string', minLength: 1 },
  (text) => (text === '' || text.includes('\0') ? null : text),
)

const checksSettings = section({
  file: checksFile.describe('Whose default export is the function.'),
  timeout: duration('a time from 10ms to 30s, such as 1s', 10, 30_000)
    .prefault('1s')
    .describe('How long it may take; an answer that is not judged by then is not good enough.'),
})

const candidates = z
  .union(
    [
      list(model, 'a list of models'),
      entries(
        modelName,
        value(
          'a number above 0',
          { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, matching('^[0-9.]+$')] },
          share,
        ),
        'models and their shares',
      ),
    ],
    { error: ({ input }) => kindMessage(input, 'a list of models, or models and their shares') },
  )
  .describe('Who may answer: a list in order, or models with their shares for the weighted policy.')

const task = section(
  {
    models: candidates,
    policy: oneOf(['fixed', 'weighted', 'fastest', 'cheapest', 'cascade', 'learned'])
      .prefault('fixed')
      .describe(
        'fixed: the first, then the next when it fails. weighted: by share, and the others when it fails. fastest: by the time to the first content. cheapest: by what the call is likely to cost. cascade: models from cheap to strong, each asked when the answer before is not good enough. learned: a fitted policy chooses by the prompt. See the guide on asking cheap models first.',
      ),
    sticky: oneOf(['session', 'customer', 'key'])
      .optional()
      .describe(
        'What stays with one model under the weighted policy. Unset: each call draws anew.',
      ),
    timeouts: timeouts.optional(),
    data: data
      .optional()
      .describe(
        'The least that a provider must promise of prompts: any, no-training or on-premises. One that falls short is never asked.',
      ),
    not_in: list(country, 'a list of countries such as [CN, US]')
      .optional()
      .describe(
        'Countries whose law must not reach the provider. One whose country is not known falls short.',
      ),
    strict: flag()
      .optional()
      .describe(
        'true: a model that would not get every parameter of a call is not asked; the next one is. Unset: what a model cannot take is left out, and x-freehold-adapted says so.',
      ),
    margin: ratio('a share above 0 and below 1, such as 0.05', false)
      .optional()
      .describe(
        'How much worse a model may score and still take the task over by `freehold swap --prove`, where the evaluation does not say. Unset: 0.05.',
      ),
    ...bounds,
    cache: section({
      ttl: duration('a time such as 1h', 1, 3_660 * day).describe('How long an answer is kept.'),
      scope: oneOf(['customer', 'key', 'task'])
        .prefault('customer')
        .describe(
          'Who is given whose answers. customer: each customer of a key its own. key: each key its own. task: whoever may call the task.',
        ),
    })
      .optional()
      .describe(
        'Keeps answers, and gives them again to a call that asks exactly the same. Unset: nothing is kept.',
      ),
    resume: oneOf(['off', 'continue'])
      .optional()
      .describe(
        'What becomes of a stream that breaks off after something was shown. off: it ends with an error. continue: the next model goes on from what was said, once, and the seam is marked. Unset: off.',
      ),
    hedge: section({
      after: hedgeAfter.describe(
        "When the next model is asked beside one that has said nothing yet: a time, or a percentile of the model's own times to the first content, which are known of streams.",
      ),
      most: value(
        'a share above 0 and up to 1 such as 0.05',
        { anyOf: [{ type: 'number', exclusiveMinimum: 0, maximum: 1 }, matching('^[0-9.]+$')] },
        (text) => {
          const number = share(text)
          return number !== null && number <= 1 ? number : null
        },
      )
        .prefault('0.05')
        .describe("The most of the task's calls for which that is done."),
    })
      .optional()
      .describe(
        'Asks a second model beside one that is slow; whoever says something first answers, and the other is cancelled. Both are paid for. Unset: nobody is asked twice.',
      ),
    router: routerPath
      .optional()
      .describe(
        'The policy that `freehold route calibrate` wrote, for cascade and learned. Without one a cascade escalates what is wrong in itself, and nothing of it is proven.',
      ),
    guarantee: section({
      quality: ratio('a share of the quality, above 0 and below 1, such as 0.98', false).describe(
        "How much of the strong model's mean score is kept, at least.",
      ),
      confidence: ratio('a confidence above 0.5 and below 1, such as 0.95', false)
        .prefault('0.95')
        .describe('That it is kept.'),
      policy: routerPath
        .optional()
        .describe(
          'The policy that proves it; the same as `router`. Unset: policies/TASK.json beside this file, where `freehold route calibrate --task TASK` writes it.',
        ),
      evals: value('a file such as evals/support.yaml', { type: 'string', minLength: 1 }, (text) =>
        text === '' || text.includes('\0') ? null : text,
      )
        .optional()
        .describe('The evaluation that `freehold route calibrate --task TASK` proves it with.'),
      learn: section({
        second: usd('an amount such as 0.0005 USD')
          .optional()
          .describe(
            'What a second until the end of an answer is worth. Unset: only costs are compared.',
          ),
      })
        .optional()
        .describe(
          'Shifts calls between the proven policy and the strong model alone, by what both cost live. Both keep the promise; each gets 2 % of the calls at least. Unset: the policy decides all of them.',
        ),
    })
      .optional()
      .describe(
        'A promise of quality for cascade and learned. As soon as the policy does not carry it, the strongest model answers alone and an alarm says why.',
      ),
    streaming: oneOf(['buffer', 'prompt', 'strong'])
      .optional()
      .describe(
        'How a cascade answers streams. buffer: the cheap answer is held until it is judged. prompt: the prompt alone decides. strong: the strongest model answers. Unset: buffer.',
      ),
    samples: whole('a number of answers from 1 to 5', 1, 5)
      .optional()
      .describe(
        'Answers of the cheapest model that a cascade without a policy compares; when they differ it escalates. Unset: 1.',
      ),
    checks: z
      .union([checksFile, checksSettings], {
        error: ({ input }) => kindMessage(input, 'a file such as checks/answer.ts, or settings'),
      })
      .optional()
      .describe(
        'A function of your own that a cascade asks about an answer that it would give; where it says no, the next model is asked. It runs in a process without keys.',
      ),
    audit: z
      .union([ratio('a share from 0 to 1, such as 0.02'), auditSettings], {
        error: ({ input }) => kindMessage(input, 'a share such as 0.02, or settings'),
      })
      .optional()
      .describe(
        'Asks the strong model beside the one that answered, for a few calls drawn by chance, and alarms when quality falls. Unset: on with a guarantee, off without.',
      ),
    shadow: section({
      model: model.describe('Who is asked.'),
      share: ratio('a share from 0 to 1, such as 0.05').prefault('0.05').describe('Of the calls.'),
      cap: usd('an amount such as 5 USD')
        .prefault('5 USD')
        .describe('The most that it may cost in a day, in UTC.'),
    })
      .optional()
      .describe(
        'Asks another model the same when the answer has been given. Its answers are kept beside the others; no caller waits for it, is charged for it or sees it.',
      ),
    canary: section({
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
        cost: factor
          .optional()
          .describe('How many times as much it may cost. Unset: not looked at.'),
      })
        .prefault({})
        .describe('What takes it back, without a person.'),
    })
      .optional()
      .describe(
        'A model that takes the task over in steps. Sessions stay on their side; a broken guard takes it back.',
      ),
  },
  'a model, or settings',
).describe('A name that applications call, and the models that answer for it.')

const key = section({
  id: id.describe('Its name, on the ledger and in limits.'),
  secret: secret('the key that the caller sends', 16, 512).describe(
    'What the caller sends as Bearer, x-api-key or x-goog-api-key: 16 characters or more.',
  ),
  role: oneOf(['caller', 'viewer', 'admin'])
    .prefault('caller')
    .describe('caller makes calls, viewer also reads the control wing, admin may do everything.'),
  env: value('a name such as production', { type: 'string' }, (text) =>
    new RegExp(idPattern).test(text) ? text : null,
  )
    .optional()
    .describe('What kind of traffic it carries, told apart in every figure: production, staging.'),
  tasks: list(
    value('a task, a provider/model or a provider/*', { type: 'string' }, (text) =>
      text === '' ? null : text,
    ),
    'a list of tasks',
  )
    .optional()
    .describe('All that it may call: tasks, provider/model or provider/*. Unset: everything.'),
  ...bounds,
}).describe('A credential of a caller.')

const ownPriceWords = 'USD per million tokens such as 0.15'
const calls = 'USD per million calls such as 5000'

const ownPrice = section({
  input: price(ownPriceWords).optional().describe('USD per million tokens that go in.'),
  output: price(ownPriceWords).optional().describe('USD per million tokens that come out.'),
  cache_read: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens read from the cache.'),
  cache_write: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens written to the cache for 5 minutes.'),
  cache_write_1h: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens written to the cache for an hour.'),
  reasoning: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens of thought. Unset: as output.'),
  audio_in: price(ownPriceWords).optional().describe('USD per million tokens of sound that go in.'),
  audio_out: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens of sound that come out.'),
  search: price(calls).optional().describe('USD per million calls of a paid search tool.'),
  image_in: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens of pictures that go in. Unset: as input.'),
  image_out: price(ownPriceWords)
    .optional()
    .describe('USD per million tokens of pictures that come out. Unset: as output.'),
  images: price('USD per million pictures such as 40000')
    .optional()
    .describe('USD per million pictures that are made, where a picture has a price of its own.'),
  characters: price('USD per million characters such as 15')
    .optional()
    .describe('USD per million characters that are spoken.'),
  seconds: price('USD per million seconds such as 100')
    .optional()
    .describe('USD per million seconds of sound that are written down.'),
  gpus: whole('a number of cards from 1', 1, 100_000)
    .optional()
    .describe("Cards that serve the model, for a machine of one's own."),
  usd_per_gpu_hour: price('USD for an hour of one card, such as 1.79')
    .optional()
    .describe('What an hour of one card costs.'),
}).describe("An own contract, or a machine of one's own. 0 is free; what is absent is not known.")

export const configSchema = section({
  $schema: value('the address of a JSON Schema', { type: 'string' }, (text) => text)
    .optional()
    .describe('For editors of a file in JSON. In YAML the first line says it.'),
  server,
  store: store
    .prefault('./data')
    .describe('The folder of the ledger and of all that is kept, from this file on.'),
  timezone: timezone
    .prefault('UTC')
    .describe('Where days, weeks and months of budgets begin: UTC, Europe/Berlin.'),
  payloads: oneOf(['full', 'redacted', 'none'])
    .prefault('redacted')
    .describe('What is kept of prompts and answers. redacted: without personal data and secrets.'),
  alarms,
  ledger,
  retention,
  files,
  batches,
  media,
  unknown_prices: oneOf(['serve', 'refuse'])
    .prefault('serve')
    .describe(
      'Whether a model without a price is served. Its cost is unknown then, counted and alarmed; budgets refuse it either way.',
    ),
  providers: entries(providerName, provider, 'providers by name')
    .prefault({})
    .describe('Who can be asked. With a configuration file only these are live, and sim.'),
  tasks: entries(
    taskName,
    z.union([model, task], { error: ({ input }) => kindMessage(input, 'a model, or settings') }),
    'tasks by name',
  )
    .prefault({})
    .describe('The names that applications call. The whole swap is the string behind one.'),
  keys: z
    .array(key, { error: ({ input }) => kindMessage(input, 'a list of keys') })
    .prefault([])
    .describe('Who may call. Keys can also be made by command; those are kept in the store.'),
  customers: entries(callerName, section(bounds), 'customers by name')
    .prefault({})
    .describe('Limits for whom calls are made; default is for each one that is not named.'),
  features: entries(callerName, section(bounds), 'features by name')
    .prefault({})
    .describe('Limits for what calls are made for.'),
  economics,
  prices: entries(modelName, ownPrice, 'prices by provider/model')
    .prefault({})
    .describe('Own contracts and own machines. Everything else comes from the catalog.'),
})

/** The file as it is meant: durations in milliseconds, sizes in bytes, secrets as such. */
export type Config = z.output<typeof configSchema>

function share(text: string): number | null {
  const number = units.plainNumber(text)
  return number !== null && number > 0 ? number : null
}

function baseUrl(text: string): string | Refusal | null {
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return null
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    return new Refusal('must not hold a user or a password. Keys go under api_key.')
  }
  const [path = '', query] = text.split('?')
  // Azure has the version of its API there, and nothing else that is no secret.
  if (text.includes('#') || (query !== undefined && !/^api-version=[\w.-]+$/.test(query))) {
    return new Refusal(
      'must not have a query or a fragment, but for ?api-version=...: paths are put behind it.',
    )
  }
  const base = path.replace(/\/+$/, '')
  return query === undefined ? base : `${base}?${query}`
}
