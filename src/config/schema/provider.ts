import * as z from 'zod'
import { Secret } from '../../core/secret.ts'
import { dataPromises } from '../../providers/provider.ts'
import { entries, list, matching, named, oneOf, Refusal, section, value } from './form.ts'
import { bounds, timeouts } from './limits.ts'
import { secret } from './values.ts'

export const data = oneOf(dataPromises)

export const country = value(
  'a country of two capital letters, such as CN',
  matching('^[A-Z]{2}$'),
  (text) => {
    if (/^[A-Z]{2}$/.test(text)) return text
    return /^[a-z]{2}$/i.test(text)
      ? new Refusal(`takes two capital letters: write ${text.toUpperCase()}.`)
      : null
  },
)

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

export const provider = section({
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
  region: value(
    'a region such as eu-west-1',
    matching('^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'),
    (text) => (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(text) ? text : null),
  )
    .optional()
    .describe(
      'Where it serves: stands on every row, and prices of the region go before those of all. Unset: what its address says.',
    ),
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
