import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Model } from '../../catalog/model.ts'
import { composeGateway } from '../../compose/gateway.ts'
import { type LiveRun, tryLive } from '../../conformance/live.ts'
import { type Cell, checks, matrixOf, type Row, type Trial } from '../../conformance/matrix.ts'
import { cellText, matrixPage } from '../../conformance/page.ts'
import { tryRecorded } from '../../conformance/recorded.ts'
import { RecordedUpstream } from '../../conformance/recorded-upstream.ts'
import { type Traffic, trafficOf } from '../../conformance/traffic.ts'
import { systemClock } from '../../core/clock.ts'
import { add, nothing, usd, usdText } from '../../core/money.ts'
import type { Dialect } from '../../dialects/dialect.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../../dialects/openai-embeddings/index.ts'
import { compatible, providers } from '../../providers/index.ts'
import type { Provider } from '../../providers/provider.ts'
import { routes } from '../../server/routes.ts'
import { addressOf } from '../client.ts'
import { type Command, CommandError, type Context, type ExitCode, UsageError } from '../command.ts'
import { configPathOf } from '../config-path.ts'
import { openFile } from '../open.ts'
import { green, type Printer, red, table, yellow } from '../print.ts'

export const conformance: Command = {
  name: 'conformance',
  summary:
    'Tries what a provider can do, and whether it comes through: a live one, or all as recorded',
  usage: '[PROVIDER[/MODEL]]',
  help: `A live provider is asked about a dozen short questions through the gateway; they are on the ledger, and cost
what the last line says. Without a model it is the cheapest of the catalog that calls tools. With --recorded nothing
is asked of anybody: the exchanges that are known of each provider are played through a gateway of their own.`,
  options: {
    recorded: { says: 'play what is recorded, of one provider or of all' },
    write: { value: 'FILE', says: 'with --recorded, write the matrix as a page' },
  },
  positionals: { least: 0, most: 1 },
  run: async (context) => {
    const [asked] = context.arguments
    if (context.flag('recorded')) return recorded(context, asked ?? null)
    if (context.option('write') !== undefined)
      throw new UsageError('--write takes the recorded matrix: add --recorded.')
    if (asked === undefined)
      throw new UsageError(
        'Name a provider, as in: freehold conformance deepseek. Or add --recorded.',
      )
    return live(context, asked)
  },
}

const traffic = join(import.meta.dir, '..', '..', '..', 'simulator', 'traffic')

async function recorded(context: Context, asked: string | null): Promise<ExitCode> {
  const everyone = [...providers.values(), ...compatible.values()].filter(({ id }) => id !== 'sim')
  const chosen = everyone.filter(({ id }) => asked === null || id === asked)
  if (chosen.length === 0)
    throw new UsageError(
      `Nothing is recorded of ${asked}. There is: ${everyone.map(({ id }) => id).join(', ')}.`,
    )
  const folder = mkdtempSync(join(tmpdir(), 'freehold-conformance-'))
  const upstream = new RecordedUpstream()
  const config = join(folder, 'freehold.yaml')
  writeFileSync(config, configOf(chosen))
  const gateway = await composeGateway({
    configPath: config,
    env: { AWS_REGION: 'eu-central-1', AZURE_OPENAI_ENDPOINT: 'https://recorded.openai.azure.com' },
    port: 0,
    log: () => {},
    upstream,
  })
  const trials: Trial[] = []
  try {
    const run = {
      url: gateway.url,
      key: readFileSync(gateway.adminKeyPath, 'utf8').trim(),
      pathOf,
      upstream,
      dialects: spoken,
      signal: context.signal,
      begins: () => gateway.forgetHealth(),
    }
    for (const [place, provider] of chosen.entries()) {
      progress(context, `${place + 1} of ${chosen.length}: ${provider.id}`)
      const own = trafficOf(provider, readTraffic)
      if (own === null) continue
      for await (const trial of tryRecorded(provider, own, run)) trials.push(trial)
    }
    progress(context, null)
  } finally {
    await gateway.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  if (context.signal.aborted) throw new CommandError('Stopped before the end.')
  const rows = matrixOf(trials)
  const page = context.option('write')
  if (page !== undefined) writeFileSync(page, matrixPage(rows))
  return told(context, rows, null)
}

/** Every provider at its own address, with a key that opens nothing: no request leaves this process. */
function configOf(chosen: readonly Provider[]): string {
  const lines = chosen.map(({ id, baseUrl, keyOptional }) => {
    const facts = [
      ...(compatible.has(id) ? [`type: ${id}`] : []),
      ...(baseUrl === null ? ['base_url: https://recorded.example/v1'] : []),
      ...(keyOptional === true ? [] : ['api_key: recorded-key-0123456789']),
    ]
    return `  ${id}: { ${facts.join(', ')} }`
  })
  return `payloads: none\nproviders:\n${lines.join('\n')}\n`
}

function readTraffic(id: string): Traffic | null {
  const file = join(traffic, `${id}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Traffic) : null
}

const calls = routes.filter((route) => route.role === 'call')
const spoken: ReadonlyMap<string, Dialect> = new Map(
  calls.map(({ dialect }) => [dialect.id, dialect]),
)

/** Where a client asks this; some dialects name the model there, and whether it is to stream. */
function pathOf(
  wanted: Dialect,
  request: Readonly<Record<string, unknown>>,
  streams: boolean,
): string {
  const own = calls.filter(({ dialect }) => dialect.id === wanted.id)
  const route = own.find(({ path, stream = false }) => !path.includes('*') || stream === streams)
  if (!route) throw new Error(`Callers do not speak ${wanted.id} here.`)
  const path = route.path.replace('*', encodeURIComponent(String(request['model'])))
  return route.path.includes('*') && streams ? `${path}?alt=sse` : path
}

async function live(context: Context, asked: string): Promise<ExitCode> {
  const file = openFile(context)
  const { snapshot } = file.inForce.current
  const slash = asked.indexOf('/')
  const id = slash === -1 ? asked : asked.slice(0, slash)
  if (!snapshot.providers.has(id)) {
    const known = [...snapshot.providers.keys()].join(', ')
    throw new CommandError(`${id} is not live in this configuration. There is: ${known}.`)
  }
  const model = slash === -1 ? cheapest(snapshot.catalog, id) : asked.slice(slash + 1)
  const found = snapshot.catalog.find(id, model, systemClock.now())?.model ?? null
  const embedding = snapshot.catalog
    .models(id)
    .find(({ operations }) => operations.includes('embed'))
  const running = await addressOf(context)
  const gateway =
    running === null
      ? await composeGateway({
          configPath: configPathOf(context),
          env: context.env,
          port: 0,
          log: () => {},
        })
      : null
  const trials: (Trial & { readonly costUsd: string | null })[] = []
  try {
    const run: LiveRun = {
      url: running?.url ?? gateway!.url,
      key: running?.key ?? readFileSync(gateway!.adminKeyPath, 'utf8').trim(),
      pathOf,
      chat: openaiChat,
      embeddings: openaiEmbeddings,
      signal: context.signal,
      model: `${id}/${model}`,
      embeddingModel: embedding === undefined ? null : `${id}/${embedding.id}`,
      can: {
        tools: found?.tools ?? null,
        schema: found?.structured ?? null,
        image: found === null || found.inputs.length === 0 ? null : found.inputs.includes('image'),
        reasoning: found?.reasoning ?? null,
      },
    }
    for await (const trial of tryLive(run)) {
      trials.push(trial)
      progress(context, `${trials.length}: ${trial.name}`)
    }
    progress(context, null)
  } finally {
    await gateway?.stop()
  }
  if (context.signal.aborted) throw new CommandError('Stopped before the end.')
  const cost = trials.reduce(
    (sum, { costUsd }) => (costUsd === null ? sum : add(sum, usd(costUsd))),
    nothing,
  )
  return told(context, matrixOf(trials), { model: `${id}/${model}`, costUsd: usdText(cost) })
}

/** @throws CommandError when the catalog knows no model of this provider that chats */
function cheapest(catalog: Catalog, provider: string): string {
  const [first] = catalog
    .models(provider)
    .filter(({ operations, tools }) => operations.includes('chat') && tools !== false)
    .toSorted(
      (left, right) => Number(right.tools) - Number(left.tools) || priceOf(left) - priceOf(right),
    )
  if (first) return first.id
  throw new CommandError(
    `The catalog knows no model of ${provider}. Name one: freehold conformance ${provider}/MODEL`,
  )
}

/** Only to put models in order. */
function priceOf({ prices }: Model): number {
  const output = prices.at(-1)?.price.output
  return output === undefined ? Number.POSITIVE_INFINITY : Number(output)
}

function told(
  context: Context,
  rows: readonly Row[],
  live: { readonly model: string; readonly costUsd: string } | null,
): ExitCode {
  const cells = rows.flatMap(({ cells: each }) => Object.values(each))
  const kept = cells.reduce((sum, { passed }) => sum + passed, 0)
  const failing = cells.reduce((sum, { failed }) => sum + failed.length, 0)
  if (context.json) {
    context.print.out(
      JSON.stringify({
        passed: kept,
        failed: failing,
        ...(live ? { model: live.model, cost_usd: live.costUsd } : {}),
        providers: rows,
      }),
    )
  } else {
    context.print.out(matrixText(rows, context.print))
    const cost = live === null ? '' : ` It cost $${live.costUsd} on ${live.model}.`
    context.print.out(`\n${kept} kept, ${failing} failed.${cost}`)
  }
  return failing === 0 ? 0 : 1
}

function matrixText(rows: readonly Row[], print: Printer): string {
  const grid = table(
    rows,
    [
      { title: 'PROVIDER', value: ({ provider }) => provider },
      ...checks.map((check) => ({
        title: check.toUpperCase(),
        value: ({ cells }: Row) => cellText(cells[check]) || '-',
        right: true,
      })),
    ],
    print,
  )
  const details = rows.flatMap(({ provider, cells }) =>
    checks.flatMap((check) => detailsOf(provider, check, cells[check], print)),
  )
  return details.length === 0 ? grid : `${grid}\n\n${details.join('\n')}`
}

function detailsOf(provider: string, check: string, cell: Cell, print: Printer): string[] {
  const colour = (paint: (text: string) => string, text: string): string =>
    print.colour ? paint(text) : text
  const lines = cell.failed.map(
    ({ name, why }) => `${colour(red, 'failed')}  ${provider}, ${check}: ${name}: ${why}`,
  )
  if (cell.none !== null)
    lines.push(`${colour(yellow, 'none')}    ${provider}, ${check}: ${cell.none}`)
  return lines
}

/** One line that is written over, on a terminal only. */
function progress({ print, json }: Context, text: string | null): void {
  if (json || print.width === null) return
  process.stderr.write(text === null ? '\r\u001b[K' : `\r\u001b[K${colourOf(print, text)}`)
}

function colourOf({ colour }: Printer, text: string): string {
  return colour ? green(text) : text
}
