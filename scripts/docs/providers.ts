import { jurisdictionOf } from '../../src/catalog/jurisdictions.ts'
import type { ParameterRule, Quirks } from '../../src/dialects/dialect.ts'
import { compatible, providers } from '../../src/providers/index.ts'
import type { Door, ErrorRule, Provider, Sign } from '../../src/providers/provider.ts'
import { code, joined, list, type Page, table } from './markdown.ts'

const kinds = {
  vendor: 'Vendors',
  aggregator: 'Hosts and aggregators',
  engine: "Engines on machines of one's own",
  compatible: 'Any address',
  simulator: 'The simulator',
} satisfies Record<Provider['kind'], string>

export function providersPage(): Page {
  const all = [...providers.values(), ...compatible.values()]
  const groups = Object.entries(kinds).map(([kind, title]) => ({
    title,
    members: all.filter((provider) => provider.kind === kind),
  }))
  return {
    name: 'providers.md',
    title: 'Providers',
    blocks: [
      'Whom the gateway can ask. A provider is listed in `freehold.yaml` by its name (`deepseek: {}`), or under a name of your own with `type:`. Its models are called `NAME/MODEL`; a model that the catalog does not know is passed on under the name that was asked for.',
      '**data** is what the provider promises about prompts, from loosest to strictest: `any`, `no-training`, `on-premises`. **law** is the country whose law it answers to; empty means not known. Both can be set in the file, and a task can demand both. **card** is the currency of its price list.',
      ...groups.flatMap(({ title, members }) => [
        `## ${title}`,
        table(
          ['name', 'what', 'key in the environment', 'speaks', 'data', 'law', 'card'],
          members.map(rowOf),
        ),
      ]),
      '## Each in detail',
      'What is adapted on the way is told to the caller in the header `x-freehold-adapted`, and stands on the ledger.',
      ...groups.flatMap(({ members }) =>
        members.flatMap((provider) => [`### ${provider.id}`, list(detailsOf(provider))]),
      ),
    ],
  }
}

function rowOf(provider: Provider): readonly string[] {
  const { id, name, keyNames, keyOptional, doors, data, currency } = provider
  const offered = Object.values(doors).flat()
  return [
    `[${id}](#${id})`,
    name,
    keyNames.length > 0 ? keyNames.map(code).join(', ') : keyOptional === true ? 'none needed' : '',
    [...new Set(offered.map(({ dialect }) => dialect.id))].join(', '),
    data,
    jurisdictionOf(id) ?? '',
    currency ?? '',
  ]
}

function detailsOf(provider: Provider): readonly string[] {
  const { baseUrl, kind, sign, doors, errors = [], passHeaders = [], headers = {} } = provider
  const offered = Object.entries(doors).flatMap(([operation, list]) =>
    list.map((door) => ({ operation, door })),
  )
  const adapted = [
    ...new Set(offered.flatMap(({ door }) => adaptationsOf(door.quirks ?? {}, door))),
  ]
  const fixed = Object.entries(headers).map(([name, value]) => code(`${name}: ${value}`))
  const classes = classesOf(errors)
  return [
    `address: ${baseUrl === null ? (kind === 'simulator' ? 'started by the gateway on this machine' : '`base_url` in the file') : code(baseUrl)}`,
    ...offered.map(({ operation, door }) => doorWords(operation, door)),
    `key: ${signWords(sign, provider)}`,
    ...(adapted.length > 0 ? [`adapted: ${adapted.join('; ')}`] : []),
    ...(classes.length > 0 ? [`errors by its own words: ${classes.join('; ')}`] : []),
    ...(provider.waitMs ? ['the wait that it asks for in the words of an error is heeded'] : []),
    ...(fixed.length > 0 ? [`every request carries ${joined(fixed)}`] : []),
    ...(passHeaders.length > 0
      ? [`headers of the caller that are passed on: ${joined(passHeaders.map(code))}`]
      : []),
    `source: ${provider.source}`,
  ]
}

const operations: Readonly<Record<string, string>> = { chat: 'chat', embed: 'embeddings' }

function doorWords(operation: string, { dialect, baseUrl }: Door): string {
  const at = baseUrl === undefined ? '' : ` at ${code(baseUrl)}`
  return `${operations[operation] ?? operation} as ${dialect.id}${at}`
}

function signWords(sign: Sign, { keyNames, keyOptional }: Provider): string {
  if (sign.kind === 'none') return 'none'
  const way = sign.kind === 'bearer' ? 'as Bearer' : `in the header ${code(sign.name)}`
  const from = keyNames.length > 0 ? `, from ${keyNames.map(code).join(' or ')}` : ''
  return `${way}${from}${keyOptional === true ? '; calls go unsigned without one' : ''}`
}

/** What is changed in a request on its way to a provider, in words. */
export function adaptationsOf(quirks: Quirks, { dialect }: Pick<Door, 'dialect'>): string[] {
  const { parameters = [], streamUsage, developerRole, plainText, reasoningEcho, usage } = quirks
  return [
    ...parameters.map(ruleWords),
    ...(developerRole === undefined
      ? []
      : [`the role ${code('developer')} is sent as ${code(developerRole)}`]),
    ...(streamUsage === 'refused'
      ? ['`stream_options` is left out: usage comes in streams unasked']
      : streamUsage === 'unasked'
        ? ['usage in streams is not asked for']
        : []),
    ...(plainText === true ? ['content that is a list of texts is joined to one text'] : []),
    ...(reasoningEcho
      ? [
          `a turn that called tools and has lost its ${code(reasoningEcho.field)} gets ${code(JSON.stringify(reasoningEcho.standIn))} there (models ${pattern(reasoningEcho.models)})`,
        ]
      : []),
    ...(usage?.reasoningApart === true
      ? ['its count of completion tokens leaves reasoning out, which is added']
      : []),
    ...(usage?.cachedApart === true
      ? ['its count of prompt tokens leaves cached ones out, which are added']
      : []),
    ...Object.entries(quirks.finishes ?? {}).map(
      ([word, finish]) => `${code(word)} in ${dialect.id} means ${code(finish)}`,
    ),
  ]
}

function ruleWords({ name, models, does }: ParameterRule): string {
  const whose = models === undefined ? '' : ` (models ${pattern(models)})`
  const words = ((): string => {
    switch (does.kind) {
      case 'drop':
        return `${code(name)} is left out`
      case 'rename':
        return `${code(name)} is sent as ${code(does.to)}`
      case 'clamp':
        return does.min === does.max
          ? `${code(name)} is always ${does.min}`
          : `${code(name)} is kept within ${does.min ?? 'any'} to ${does.max ?? 'any'}`
      case 'map':
        return `${code(name)}: ${Object.entries(does.values)
          .map(([from, to]) => `${code(from)} becomes ${code(JSON.stringify(to))}`)
          .join(', ')}`
      case 'default': {
        const when = { stream: ' in streams', whole: ' in answers that are not streamed' }
        return `${code(`${name}: ${JSON.stringify(does.value)}`)} is added${does.when === undefined ? '' : when[does.when]} when the caller names none`
      }
    }
  })()
  return words + whose
}

function pattern(models: RegExp): string {
  return code(String(models))
}

/** Which classes of errors are told by codes or words of the provider's own. */
function classesOf(errors: readonly ErrorRule[]): readonly string[] {
  const byClass = Map.groupBy(errors, (rule) => rule.class)
  return [...byClass].map(([name, rules]) => {
    const signs = rules.flatMap(({ codes, status, message }) => [
      ...(codes ?? []).map(code),
      ...(codes === undefined && status !== undefined ? [`status ${status}`] : []),
      ...(message === undefined ? [] : ['its message']),
    ])
    return `${name} (${[...new Set(signs)].join(', ')})`
  })
}
