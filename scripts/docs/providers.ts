import { jurisdictionOf } from '../../src/catalog/jurisdictions.ts'
import type { ParameterRule, Quirks } from '../../src/dialects/dialect.ts'
import { keyWays } from '../../src/providers/environment.ts'
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
  const { id, name, keyOptional, doors, data, currency } = provider
  const offered = Object.values(doors).flat()
  return [
    `[${id}](#${id})`,
    name,
    keyWays(provider).length > 0
      ? keyWays(provider).map(code).join(', ')
      : keyOptional === true
        ? 'none needed'
        : '',
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
    ...(adapted.length > 0 ? [`adapted:\n${indented(list(adapted))}`] : []),
    ...(classes.length > 0 ? [`errors by its own words: ${classes.join('; ')}`] : []),
    ...(provider.waitMs ? ['the wait that it asks for in the words of an error is heeded'] : []),
    ...(fixed.length > 0 ? [`every request carries ${joined(fixed)}`] : []),
    ...(passHeaders.length > 0
      ? [`headers of the caller that are passed on: ${joined(passHeaders.map(code))}`]
      : []),
    ...objectWords(provider),
    `source: ${provider.source}`,
  ]
}

const operations: Readonly<Record<string, string>> = {
  chat: 'chat',
  embed: 'embeddings',
  image: 'images',
  transcribe: 'transcription',
  moderate: 'moderations',
  count: 'counts of tokens',
}

function doorWords(
  operation: string,
  { dialect, baseUrl, models, keepsConversations }: Door,
): string {
  const kept = keepsConversations === true ? ', and conversations are kept there' : ''
  const at = baseUrl === undefined ? '' : ` at ${code(baseUrl)}`
  return `${operations[operation] ?? operation} as ${dialect.id}${at}${ofModels(models)}${kept}`
}

function signWords(sign: Sign, provider: Provider): string {
  const { keyOptional } = provider
  const ways = keyWays(provider)
  if (sign.kind === 'none') return 'none'
  const way = waysToSign[sign.kind](sign as never)
  const from = ways.length > 0 ? `, from ${ways.map(code).join(' or ')}` : ''
  return `${way}${from}${keyOptional === true ? '; calls go unsigned without one' : ''}`
}

const waysToSign: { readonly [Kind in Sign['kind']]: (sign: Sign & { kind: Kind }) => string } = {
  bearer: () => 'as Bearer',
  header: ({ name }) => `in the header ${code(name)}`,
  request: () => 'as a signature over the request',
  none: () => '',
}

type Said<Facts> = {
  readonly [Name in keyof Facts]-?: (fact: NonNullable<Facts[Name]>, dialect: string) => string[]
}

/** What it keeps for its callers besides answering. */
function objectWords({ objects }: Provider): string[] {
  const { files, batches, messageBatches, fineTuning } = objects ?? {}
  const paths = Object.entries(batches?.paths ?? {}).map(([path, theirs]) =>
    path === theirs ? code(path) : `${code(path)} as ${code(theirs)}`,
  )
  return [
    ...(files
      ? [`files for ${files.purposes ? joined(files.purposes.map(code)) : 'any purpose'}`]
      : []),
    ...(paths.length > 0 ? [`batches of ${joined(paths)}`] : []),
    ...(messageBatches ? ["batches of its own, for lines of the gateway's batches"] : []),
    ...(fineTuning ? ['fine-tuning jobs'] : []),
  ]
}

/** One entry for each thing that can be peculiar: a new one does not compile until it has words. */
const quirkWords: Said<Quirks> = {
  parameters: rulesWords,
  callIds: ({ fits }) => [
    `the id of a tool call that is not ${code(fits.source)} is replaced by a hash of it`,
  ],
  developerRole: (role) => [`the role ${code('developer')} is sent as ${code(role)}`],
  streamUsage: (way) =>
    ({
      ask: [],
      unasked: ['usage in streams is not asked for'],
      refused: ['`stream_options` is left out: usage comes in streams unasked'],
    })[way],
  plainText: (holds) => (holds ? ['content that is a list of texts is joined to one text'] : []),
  reasoningEcho: ({ models, field, standIn, everyTurn }) => [
    `a turn that ${everyTurn === true ? '' : 'called tools and '}has lost its ${code(field)} gets ${code(JSON.stringify(standIn))} there${ofModels(models)}`,
  ],
  thoughts: ({ models, go, unasked, refused = [] }) => [
    ...(unasked === true
      ? [
          `it thinks unasked, and thoughts of turns that called tools are put back${ofModels(models)}`,
        ]
      : []),
    ...(go === undefined
      ? []
      : [`thoughts of earlier turns go back as ${code(go)}${ofModels(models)}`]),
    ...(refused.length > 0
      ? [
          `${joined(refused.map(code))} of earlier turns ${refused.length > 1 ? 'are' : 'is'} left out${ofModels(models)}`,
        ]
      : []),
  ],
  callEcho: ({ models, field, standIn }) => [
    `a tool call that has lost its ${code(field)} gets ${code(JSON.stringify(standIn))} there${ofModels(models)}`,
  ],
  refuses: (what) =>
    what.map(
      (each) => `a call with ${refusedWords[each]} is not sent there; another model may answer`,
    ),
  cacheMarks: ({ models, max, ttl }) => [
    `up to ${max} marks for the prompt cache go along on texts as ${code('cache_control')}${ofModels(models)}${ttl === undefined ? '' : `, with their time to live${ofModels(ttl)}`}`,
  ],
  prefill: ({ models, mark }) => [
    `an answer of another model that broke off is put at the end of the conversation to be continued${mark === undefined ? '' : `, marked ${code(JSON.stringify(mark))}`}${ofModels(models)}`,
  ],
  cachesUnasked: () => [
    `prompts are cached unasked: other marks and keys for the cache are left out, and told as ${code('cache_control~automatic')}`,
  ],
  emulates: (emulates) => saidOf(emulatedWords, emulates, ''),
  thinkTags: ({ thoughts, box }) => [
    ...(thoughts
      ? [
          `thoughts between ${code('<think>')} and ${code('</think>')} are told from the text, for callers of other dialects${ofModels(thoughts)}`,
        ]
      : []),
    ...(box
      ? [
          `the marks of a box around an answer are left out, for callers of other dialects${ofModels(box)}`,
        ]
      : []),
  ],
  schemaInJsonObject: () => ['a JSON Schema goes as `{type: "json_object", schema}`'],
  mediaInResults: (models) => [
    `pictures and files that a tool answered with go within its result, elsewhere beside it${ofModels(models)}`,
  ],
  schemaSubset: (models) => [
    `JSON Schema is reduced to the subset of OpenAPI that was there before it${ofModels(models)}`,
  ],
  schemaWithout: (keywords) => [
    `${joined(keywords.map(code))} at the root of a JSON Schema ${keywords.length > 1 ? 'are' : 'is'} left out`,
  ],
  usage: (usage) => saidOf(usageWords, usage, ''),
  finishes: (finishes, dialect) => {
    const byMeaning = Map.groupBy(Object.entries(finishes), ([, finish]) => finish)
    return [...byMeaning].map(
      ([finish, words]) =>
        `an answer of ${dialect} that ends with ${words.map(([word]) => code(word)).join(', ')} ended by ${code(finish)}`,
    )
  },
}

const waysToSchema = {
  tool: 'a forced call of a tool',
  prompt: 'words in the prompt',
  json: 'words in the prompt and the JSON mode',
}

/** What the gateway does in a provider's stead. */
const emulatedWords: Said<NonNullable<Quirks['emulates']>> = {
  schema: ({ models, by }) => [
    `a JSON Schema is kept by ${waysToSchema[by]}, and a look at what comes${ofModels(models)}`,
  ],
  n: ({ models }) => [`several answers are asked for one by one${ofModels(models)}`],
  toolChoice: ({ models, thinking }) => [
    `a tool that has to be called is asked for in words, and a second time when none is${thinking === true ? ', unless thinking is switched off' : ''}${ofModels(models)}`,
  ],
  stop: ({ models, max }) => [
    `answers to calls with ${max === 0 ? '' : `more than ${max} `}stop sequences are cut by the gateway${ofModels(models)}`,
  ],
}

const refusedWords = {
  schema: 'a JSON Schema as its format',
  json: 'JSON as its format',
  'image address': 'an image by its address',
  'tool result': 'the result of a tool',
} satisfies Record<NonNullable<Quirks['refuses']>[number], string>

const usageWords: Said<NonNullable<Quirks['usage']>> = {
  reasoningApart: () => ['its count of completion tokens leaves reasoning out, which is added'],
  cachedApart: () => ['its count of prompt tokens leaves cached ones out, which are added'],
  restIsReasoning: () => ['what its total has beyond prompt and completion counts as reasoning'],
  estimate: () => ['its counts are kept as estimates, because what it counts is not documented'],
  foreignCost: () => ['the cost that it reports is no amount of dollars, and is not read'],
}

function saidOf<Facts extends object>(words: Said<Facts>, facts: Facts, dialect: string): string[] {
  return Object.entries(words).flatMap(([name, say]) => {
    const fact = facts[name as keyof Facts]
    if (fact === undefined || fact === null || fact === false) return []
    return (say as (fact: unknown, dialect: string) => string[])(fact, dialect)
  })
}

/** What is changed in a request on its way to a provider, or read otherwise in its answer, in words. */
export function adaptationsOf(quirks: Quirks, { dialect }: Pick<Door, 'dialect'>): string[] {
  return saidOf(quirkWords, quirks, dialect.id)
}

/** Rules that leave parameters out under the same conditions are one sentence. */
function rulesWords(rules: readonly ParameterRule[]): string[] {
  const groups = Map.groupBy(rules, (rule) =>
    rule.does.kind === 'drop' ? `left out ${conditionOf(rule)}` : rule,
  )
  return [...groups.values()].map((group) => {
    const [first] = group as [ParameterRule]
    const names = group.map(({ name }) => code(name))
    const words =
      first.does.kind === 'drop'
        ? `${joined(names)} ${names.length > 1 ? 'are' : 'is'} left out`
        : doesWords(code(first.name), first.does)
    return words + conditionOf(first)
  })
}

function conditionOf({ where, models }: ParameterRule): string {
  return `${where === undefined ? '' : whereWords(where)}${ofModels(models)}`
}

/** @param name  as code */
function doesWords(
  name: string,
  does: Exclude<ParameterRule['does'], { readonly kind: 'drop' }>,
): string {
  switch (does.kind) {
    case 'rename':
      return `${name} is sent as ${code(does.to)}`
    case 'clamp':
      if (does.min === does.max) return `${name} is always ${does.min}`
      if (does.max === undefined) return `${name} is ${does.min} at least`
      if (does.min === undefined) return `${name} is ${does.max} at most`
      return `${name} is kept within ${does.min} to ${does.max}`
    case 'map': {
      const byTarget = Map.groupBy(Object.entries(does.values), ([, to]) => JSON.stringify(to))
      const parts = [...byTarget].map(([to, froms]) => {
        const words = froms.map(([from]) => code(from))
        return `${joined(words)} ${words.length > 1 ? 'become' : 'becomes'} ${code(to)}`
      })
      return `of ${name}, ${joined(parts)}`
    }
    case 'default': {
      const when = { stream: ' to streams', whole: ' to calls that are not streamed' }
      const value = JSON.stringify(does.value)
      return `${name} is added as ${code(value)}${does.when === undefined ? '' : when[does.when]} when the caller leaves it out`
    }
  }
}

function whereWords({ name, is, above }: NonNullable<ParameterRule['where']>): string {
  const values = (is ?? []).map((value) =>
    value === undefined ? 'left out' : code(JSON.stringify(value)),
  )
  const bounds = above === undefined ? [] : [`above ${above}`]
  return ` where ${code(name)} is ${[...values, ...bounds].join(' or ')}`
}

function ofModels(models: RegExp | undefined): string {
  return models === undefined ? '' : ` (models ${pattern(models)})`
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ')
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
