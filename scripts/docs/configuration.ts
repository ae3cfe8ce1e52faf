import { configSchema } from '../../src/config/schema/index.ts'
import { patterns } from '../../src/config/units.ts'
import { code, list, type Page, table } from './markdown.ts'

/** As much of a schema as this page looks at. */
interface Setting {
  readonly description?: string
  readonly shape?: Readonly<Record<string, Setting>>
  readonly def: {
    readonly type: string
    readonly innerType?: Setting
    readonly defaultValue?: unknown
    readonly element?: Setting
    readonly valueType?: Setting
    readonly options?: readonly Setting[]
  }
  safeParse(input: unknown): {
    readonly error?: { readonly issues: readonly { readonly message: string }[] }
  }
}

/** Groups that stand in several places, and are shown once. */
const shared = new Set(['timeouts', 'budget', 'rate'])

export function configurationPage(): Page {
  const sections: Section[] = []
  const top = sectionOf('', configSchema as unknown as Setting, sections)
  return {
    name: 'configuration.md',
    title: 'Configuration',
    blocks: [
      `Every setting of \`freehold.yaml\`. The gateway reads \`--config FILE\`, else \`./freehold.yaml\` when it is there. Paths in the file begin at its folder. Editors complete the file when its first line names the schema, as the file that \`freehold init\` writes does.`,
      `A running gateway takes a change of the file by itself. A file in which anything is wrong is refused as a whole, with line, column and a sentence for each thing that is wrong, and the last good one stays in force. ${code('server')}, ${code('store')}, ${code('ledger')}, ${code('timezone')} and ${code('retention')} take effect at the next start; the log says so.`,
      '## How values are written',
      list([
        `**Every value is read as the text that stands there.** \`0.10\` keeps its zero, \`no\` is a word and not a boolean, \`1e-7\` is refused where a price has to be exact.`,
        `**Times** are a number with ms, s, m, h or d: \`250ms\`, \`2s\`, \`1.5h\`, \`30d\`. Pattern: ${code(patterns.duration)}`,
        `**Sizes** are a number with kB, MB or GB, in thousands: \`32MB\`. Pattern: ${code(patterns.size)}`,
        `**Amounts** are dollars: \`50 USD\`. Pattern: ${code(patterns.usd)}`,
        `**Paces** are a whole number a second, minute, hour or day: \`600/min\`. Pattern: ${code(patterns.pace)}`,
        `**The environment** stands in any value as \`\${NAME}\`, never in a name. An unset one is an error. \`$\${\` stands for the two signs themselves.`,
        `**An empty entry** is one with nothing but defaults: \`deepseek:\` is \`deepseek: {}\`.`,
        `**JSON** is YAML too, so the file may be JSON. Anchors, aliases and \`<<\` work; tags mean nothing.`,
      ]),
      '## The file',
      ...top,
      ...sections.flatMap(({ title, blocks }) => [`### ${title}`, ...blocks]),
    ],
  }
}

interface Section {
  readonly title: string
  readonly blocks: readonly string[]
}

/** The settings of a group as a table; groups within it are added to `sections`. */
function sectionOf(path: string, schema: Setting, sections: Section[]): readonly string[] {
  const rows = Object.entries(schema.shape ?? {}).map(([name, setting]) => {
    const { inner, standard, isOptional, description } = unwrapped(setting)
    const within = linked(path, name, inner, sections)
    return [
      code(name),
      within ?? takenBy(inner),
      standard ?? (isOptional ? '' : 'required'),
      description ?? '',
    ]
  })
  return [table(['setting', 'takes', 'default', 'meaning'], rows)]
}

/** The link to the group that a setting is or holds; null for a single value. */
function linked(path: string, name: string, inner: Setting, sections: Section[]): string | null {
  const { type, element, valueType } = inner.def
  const here = path === '' ? name : `${path}.${name}`
  if (type === 'object') return section(shared.has(name) ? name : here, 'settings', inner, sections)
  if (type === 'array' && element?.def.type === 'object') {
    return section(`${here}[]`, takenBy(inner), element, sections)
  }
  const option = type === 'union' ? inner.def.options?.find((one) => one.shape) : undefined
  if (option) return section(here, takenBy(inner), option, sections)
  const entry = type === 'record' ? valueType : undefined
  const group = [entry, ...(entry?.def.options ?? [])].find((one) => one?.shape)
  if (!group) return null
  const words =
    entry === group ? takenBy(inner) : `${takenBy(inner)}; each takes ${takenBy(entry!)}`
  return section(`${here}.${name === 'prices' ? 'MODEL' : 'NAME'}`, words, group, sections)
}

function section(title: string, words: string, schema: Setting, sections: Section[]): string {
  const known = sections.some((one) => one.title === title)
  if (!known) {
    // Its place is kept, so that groups within it come behind it.
    const blocks: string[] = schema.description === undefined ? [] : [schema.description]
    sections.push({ title, blocks })
    blocks.push(...sectionOf(title, schema, sections))
  }
  return `${words}: [${title}](#${anchor(title)})`
}

/** As GitHub makes it from a heading. */
function anchor(title: string): string {
  return title.toLowerCase().replaceAll(/[^\w -]/g, '')
}

interface Unwrapped {
  readonly inner: Setting
  /** As one would write it. */
  readonly standard: string | null
  readonly isOptional: boolean
  readonly description: string | undefined
}

function unwrapped(setting: Setting): Unwrapped {
  let inner = setting
  let standard: string | null = null
  let isOptional = false
  while (inner.def.innerType) {
    const { defaultValue } = inner.def
    if (typeof defaultValue === 'string') standard = code(defaultValue)
    isOptional = true
    inner = inner.def.innerType
  }
  return { inner, standard, isOptional, description: setting.description ?? inner.description }
}

/** What a setting takes, in the words of its own refusal of something else. */
function takenBy(setting: Setting): string {
  for (const stranger of [[], {}, '']) {
    const [issue] = setting.safeParse(stranger).error?.issues ?? []
    const words = /^takes (.*), and here stands [\w ]+\.$/.exec(issue?.message ?? '')?.[1]
    if (words !== undefined) return words
  }
  return 'anything'
}
