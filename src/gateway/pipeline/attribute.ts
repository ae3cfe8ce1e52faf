import type { Call } from '../../core/call.ts'
import { invalidRequest } from '../../core/errors.ts'

/** Whom and what a call is for; null where nobody said. */
export interface Attribution {
  readonly customer: string | null
  readonly feature: string | null
  readonly session: string | null
}

/** What of a request says it. */
type Said = Pick<Call, 'metadata' | 'user'>

const lengthMax = 256

/**
 * From the headers, then the same names under the request's `metadata`; the end user that the
 * dialect names counts as the customer.
 * @throws invalid_request for a name that could not be told apart from others on the ledger
 */
export function attribute(call: Said, header: (name: string) => string | null): Attribution {
  const customer = said('customer', 'x-freehold-customer', call, header)
  const feature = said('feature', 'x-freehold-feature', call, header)
  const session = said('session', 'x-freehold-session', call, header)
  const user = call.user === null || call.user === '' ? null : checked(call.user, 'user')
  const isAnybody = customer === null && user === null && feature === null && session === null
  return isAnybody ? anybody : { customer: customer ?? user, feature, session }
}

const anybody: Attribution = { customer: null, feature: null, session: null }

/** @param long  the name of the header */
function said(
  name: keyof Attribution,
  long: string,
  { metadata }: Said,
  header: (name: string) => string | null,
): string | null {
  const fromHeader = header(long)
  if (fromHeader !== null && fromHeader !== '') return checked(decodeHeader(fromHeader), long)
  const inBody = metadata?.[long] ?? metadata?.[name]
  return typeof inBody === 'string' && inBody !== '' ? checked(inBody, `metadata.${name}`) : null
}

/** Header values arrive as Latin-1; names in other scripts are sent as UTF-8. */
function decodeHeader(value: string): string {
  if (!/[^ -~]/.test(value)) return value
  const bytes = Buffer.from(value, 'latin1')
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') ? value : text
}

function checked(value: string, where: string): string {
  if (value.length > lengthMax) {
    throw invalidRequest(
      `'${where}' is longer than ${lengthMax} characters. Send an id instead.`,
    ).at(where)
  }
  if (!value.isWellFormed()) {
    throw invalidRequest(
      `'${where}' holds half a character (a lone surrogate). Send well-formed Unicode.`,
    ).at(where)
  }
  return value
}

/** On what a call leaves to calls to come: by it the customer's words are found again. */
export function forCustomer({ customer }: Pick<Attribution, 'customer'>): {
  readonly customer?: string
} {
  return customer === null ? noCustomer : { customer }
}

const noCustomer = {}
