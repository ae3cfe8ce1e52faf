/** What the gateway of the simulation is configured to, and what of it the checker holds it to. */

export const timeZone = 'Europe/Berlin'

/** Picodollars, so that nothing is rounded. A million tokens at a dollar are 10^12. */
export interface Limit {
  readonly scope: 'keyId' | 'customer' | 'task'
  readonly value: string
  readonly usd: string
  readonly per: 'day' | 'month' | 'total'
}

export const budgets: readonly Limit[] = [
  { scope: 'keyId', value: 'web', usd: '0.07', per: 'day' },
  { scope: 'keyId', value: 'app', usd: '0.05', per: 'month' },
  { scope: 'customer', value: 'acorn', usd: '0.02', per: 'total' },
  { scope: 'customer', value: 'birchbark', usd: '0.012', per: 'day' },
  { scope: 'task', value: 'pair', usd: '0.12', per: 'day' },
]

export interface RateOf {
  readonly key: string
  readonly requests: number
  readonly per: 'min' | 'h'
  readonly perMs: number
  readonly concurrent: number
}

export const rates: readonly RateOf[] = [
  { key: 'app', requests: 20, per: 'min', perMs: 60_000, concurrent: 6 },
  { key: 'batch', requests: 120, per: 'h', perMs: 3_600_000, concurrent: 4 },
]

export const callers = ['web', 'app', 'batch', 'free'] as const

export function secretOf(key: string): string {
  return `${key}-secret-0123456789`
}

export const vendorKeys = [
  'acme-key-one-0123456',
  'acme-key-two-0123456',
  'birch-key-0123456789',
] as const

/** Vendors that have one key: refused it leaves nobody to ask them with. */
export const onlyKeys: ReadonlyMap<string, string> = new Map([[vendorKeys[2], 'birch']])

export interface Price {
  readonly input: number
  readonly output: number
}

/** USD for a million tokens: another list for each reload. */
export function pricesOf(round: number): Readonly<Record<string, Price>> {
  return {
    'acme/small': { input: 1 + (round % 3), output: 4 },
    'birch/small': { input: 2, output: 5 + (round % 4) },
    'cedar/small': { input: 1, output: 1 },
  }
}

const timeouts = '{ connect: 1s, headers: 6s, first_content: 6s, idle: 4s, total: 60s }'

export function yamlOf(round: number): string {
  const [one, two, birch] = vendorKeys
  const order = round % 2 === 0 ? ['acme', 'birch'] : ['birch', 'acme']
  const limitOf = (scope: Limit['scope'], value: string): string => {
    const found = budgets.find((each) => each.scope === scope && each.value === value)
    return found ? `budget: { limit: ${found.usd} USD, per: ${found.per} }` : ''
  }
  const keys = callers.map((key) => {
    const rate = rates.find((each) => each.key === key)
    const facts = [
      `id: ${key}`,
      `secret: ${secretOf(key)}`,
      limitOf('keyId', key),
      rate
        ? `rate: { requests: ${rate.requests}/${rate.per}, concurrent: ${rate.concurrent} }`
        : '',
    ]
    return `  - { ${facts.filter(Boolean).join(', ')} }`
  })
  const prices = Object.entries(pricesOf(round)).map(
    ([model, { input, output }]) => `  ${model}: { input: ${input}, output: ${output} }`,
  )
  return `
timezone: ${timeZone}
payloads: none
providers:
  acme: { type: openai-compatible, base_url: 'http://acme.example/v1', api_keys: [${one}, ${two}] }
  birch: { type: anthropic-compatible, base_url: 'http://birch.example/v1', api_key: ${birch} }
  cedar: { type: openai-compatible, base_url: 'http://cedar.example/v1', data: on-premises }
tasks:
  pair: { models: [${order.map((id) => `${id}/small`).join(', ')}], timeouts: ${timeouts}, ${limitOf('task', 'pair')} }
  mixed: { policy: weighted, models: { acme/small: 60, birch/small: 40 }, timeouts: ${timeouts} }
  private: { models: [cedar/small], data: on-premises, timeouts: ${timeouts} }
keys:
${keys.join('\n')}
customers:
  acorn: { ${limitOf('customer', 'acorn')} }
  birchbark: { ${limitOf('customer', 'birchbark')} }
prices:
${prices.join('\n')}
`
}

/** One that is refused: the last good one stays in force. */
export function wrongYaml(round: number): string {
  return yamlOf(round).replace('prices:', 'prizes:')
}
