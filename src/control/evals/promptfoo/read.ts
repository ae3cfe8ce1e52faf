import type { Extra } from '../../../core/extra.ts'
import { contentOf, type JudgingDefaults, type SuiteFiles } from '../options.ts'
import { Fields } from '../reading/fields.ts'
import type { Findings } from '../reading/findings.ts'
import { messagesOf, orFinding, type Prompt } from '../reading/messages.ts'
import { nameOf, usualMargin } from '../reading/native.ts'
import { Spot } from '../reading/spot.ts'
import type { EvalCase, Suite } from '../suite.ts'
import { type AssertionParts, readAssertions } from './checks.ts'
import { readPrompts } from './prompts.ts'
import { readProviders } from './providers.ts'
import { expanded, readTests } from './tests.ts'

export interface PromptfooParts {
  readonly findings: Findings
  readonly files: SuiteFiles
  readonly embeddings: string | null
  readonly judging: JudgingDefaults
}

/** Settings that say nothing of what is asked or how it is graded. */
const aside = new Set([
  '$schema',
  'description',
  'prompts',
  'providers',
  'targets',
  'tests',
  'defaultTest',
  'assertionTemplates',
  'evaluateOptions',
  'outputPath',
  'sharing',
  'tags',
  'metadata',
  'env',
  'commandLineOptions',
])

/** Reads a configuration of promptfoo as it is. What is not supported is named, and its cases have no verdict. */
export function readPromptfoo(
  root: Spot,
  file: string,
  { findings, files, embeddings, judging }: PromptfooParts,
): Omit<Suite, 'notes'> {
  const fields = new Fields(root, findings)
  for (const name of root.names) {
    if (!aside.has(name))
      findings.note(
        root.placeOfName(name),
        `${name} of promptfoo's is not read here, and left out.`,
      )
  }
  const providers = readProviders(fields.get('providers') ?? fields.get('targets'), findings)
  const prompts = readPrompts(fields.get('prompts'), files, findings)
  if (prompts.length === 0)
    findings.wrong(
      root.place,
      'There are no prompts. Write, for example, prompts: ["{{question}}"]',
    )
  const shared = defaultOf(fields, files, findings)
  const parts: AssertionParts = {
    findings,
    files,
    embeddings,
    judging,
    first: providers.models[0] ?? null,
    templates: fields.get('assertionTemplates'),
  }
  const tests = readTests(fields.get('tests'), files, findings)
  const cases = tests.flatMap((test, index) => {
    const read = testOf(test, shared, files, findings)
    const sets = read.expands ? expanded(read.vars) : [read.vars]
    const id = String(index + 1)
    return sets.flatMap((vars, place) =>
      prompts.flatMap(({ name, prompt }): EvalCase[] => {
        const own = sets.length === 1 ? id : `${id}.${place + 1}`
        const wrapped = wrap(prompt, read.prefix, read.suffix)
        const messages = orFinding(test, findings, () => messagesOf(wrapped, null, vars))
        if (messages === null) return []
        const { checks, unsupported } = readAssertions(read.asserts, vars, parts)
        const reasons = [...read.unsupported, ...unsupported]
        if (checks.length === 0 && reasons.length === 0)
          reasons.push('The test asserts nothing, so no answer to it could be right or wrong.')
        return [
          {
            id: prompts.length === 1 ? own : `${name}/${own}`,
            place: test.place,
            description: read.description,
            cluster: read.cluster ?? `test ${own}`,
            variant: prompts.length === 1 ? null : name,
            vars,
            messages,
            params: providers.params,
            expected: undefined,
            checks,
            threshold: read.threshold,
            ungradable: reasons[0] ?? null,
          },
        ]
      }),
    )
  })
  const options = new Fields(fields.map('evaluateOptions') ?? Spot.at({}, root.place), findings)
  return {
    name: fields.text('description') ?? nameOf(file),
    file,
    format: 'promptfoo',
    task: null,
    models: providers.models,
    cases,
    repeats: options.number('repeat', 1, 100, true) ?? 1,
    margin: usualMargin,
    marginStated: false,
    metric: 'pass',
  }
}

interface ReadTest {
  readonly description: string | null
  readonly vars: Extra
  readonly asserts: readonly Spot[]
  readonly threshold: number | null
  readonly prefix: string
  readonly suffix: string
  readonly expands: boolean
  readonly cluster: string | null
  readonly unsupported: readonly string[]
}

function defaultOf(fields: Fields, files: SuiteFiles, findings: Findings): ReadTest | null {
  const spot = fields.get('defaultTest')
  if (spot === undefined) return null
  if (typeof spot.value !== 'string') return testOf(spot, null, files, findings)
  const path = spot.value.replace(/^file:\/\//, '')
  try {
    return testOf(Spot.parse(files.shown(path), files.read(path)), null, files, findings)
  } catch (error) {
    findings.wrong(spot.place, (error as Error).message)
    return null
  }
}

/** What changes answers or grades by code, or in ways that are not read. */
const foreign = ['transform', 'postprocess', 'transformVars', 'storeOutputAs'] as const

function testOf(
  spot: Spot,
  shared: ReadTest | null,
  files: SuiteFiles,
  findings: Findings,
): ReadTest {
  const fields = new Fields(spot, findings)
  const options = new Fields(fields.map('options') ?? Spot.at({}, spot.place), findings)
  const found = [
    ...foreign.filter((name) => options.get(name) !== undefined).map((name) => `options.${name}`),
    ...(fields.get('assertScoringFunction') === undefined ? [] : ['assertScoringFunction']),
  ]
  const unsupported = found.map((name) => `${name} of a test is not supported here.`)
  for (const sentence of unsupported) findings.note(spot.place, sentence)
  const metadata = fields.map('metadata')
  const session = metadata?.get('session')?.value
  const asserts = fields.get('assert')
  if (asserts !== undefined && !Array.isArray(asserts.value))
    findings.wrong(asserts.place, 'assert has to be a list of assertions.')
  const whole = options.get('disableVarExpansion')?.value === true
  return {
    description: fields.text('description'),
    vars: { ...shared?.vars, ...varsOf(fields, files, findings) },
    asserts: [...(shared?.asserts ?? []), ...(asserts?.items ?? [])],
    threshold: fields.number('threshold', 0, 1) ?? shared?.threshold ?? null,
    prefix: options.text('prefix') ?? shared?.prefix ?? '',
    suffix: options.text('suffix') ?? shared?.suffix ?? '',
    expands: !whole && (shared?.expands ?? true),
    cluster: typeof session === 'string' || typeof session === 'number' ? String(session) : null,
    unsupported: [...(shared?.unsupported ?? []), ...unsupported],
  }
}

/** A map, or a file of one; each value may be a file. */
function varsOf(fields: Fields, files: SuiteFiles, findings: Findings): Extra {
  const spot = fields.get('vars')
  if (spot === undefined) return {}
  try {
    const value =
      typeof spot.value === 'string' && spot.value.startsWith('file://')
        ? contentOf(spot.value, files)
        : spot.value
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      findings.wrong(spot.place, 'vars has to be a map of names and values.')
      return {}
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        name,
        typeof item === 'string' && /^file:\/\/.+\.(?:txt|md|json|ya?ml|csv)$/i.test(item)
          ? contentOf(item, files)
          : item,
      ]),
    )
  } catch (error) {
    findings.wrong(spot.place, (error as Error).message)
    return {}
  }
}

/** Around the words of the prompt, or of its last message. */
function wrap(prompt: Prompt, prefix: string, suffix: string): Prompt {
  if (prefix === '' && suffix === '') return prompt
  if (prompt.kind === 'text') return { kind: 'text', text: prefix + prompt.text + suffix }
  const last = prompt.messages.length - 1
  return {
    kind: 'chat',
    messages: prompt.messages.map((message, index) =>
      index === last && typeof message.content === 'string'
        ? { ...message, content: prefix + message.content + suffix }
        : message,
    ),
  }
}
