import { existsSync } from 'node:fs'
import { ConfigRefused } from '../../config/in-force.ts'
import { systemClock } from '../../core/clock.ts'
import type { Configuration } from '../../config/load.ts'
import { type Command, type Context, type ExitCode } from '../command.ts'
import { openFile } from '../open.ts'
import { green, type Printer, red, table, yellow } from '../print.ts'

type Snapshot = Configuration['snapshot']
type LiveProvider = NonNullable<ReturnType<Snapshot['providers']['get']>>

interface Finding {
  readonly what: string
  readonly state: 'ok' | 'warning' | 'failed'
  readonly says: string
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'Checks the configuration, the store, and of each provider its address, key and prices',
  usage: '',
  help: 'Exits 1 when something fails. Each provider is asked for its list of models, which costs nothing.',
  options: { offline: { says: 'ask no provider' } },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    const findings: Finding[] = []
    const snapshot = checkConfig(context, findings)
    if (snapshot) {
      checkPrices(snapshot, findings)
      if (!context.flag('offline'))
        findings.push(...(await checkProviders(snapshot, context.signal)))
    }
    const failed = findings.some(({ state }) => state === 'failed')
    if (context.json) context.print.out(JSON.stringify({ ok: !failed, findings }))
    else context.print.out(report(findings, context.print))
    return (failed ? 1 : 0) satisfies ExitCode
  },
}

function checkConfig(context: Context, findings: Finding[]): Snapshot | null {
  try {
    const file = openFile(context)
    const { warnings, snapshot } = file.inForce.current
    const name = file.path ?? 'the environment (there is no file)'
    findings.push({
      what: 'configuration',
      state: 'ok',
      says: `${name}: ${snapshot.providers.size} providers, ${snapshot.tasks.size} tasks`,
    })
    for (const says of warnings) findings.push({ what: 'configuration', state: 'warning', says })
    const known = existsSync(file.store)
    findings.push({
      what: 'store',
      state: 'ok',
      says: known ? file.store : `${file.store} (made at the first start)`,
    })
    if (snapshot.providers.size === 1) {
      findings.push({
        what: 'providers',
        state: 'warning',
        says: "Only the simulator is live. Set a vendor's key in the environment, or list it in the file.",
      })
    }
    return snapshot
  } catch (error) {
    const sentences = error instanceof ConfigRefused ? error.sentences : [(error as Error).message]
    for (const says of sentences) findings.push({ what: 'configuration', state: 'failed', says })
    return null
  }
}

const soonDays = 90

function checkPrices({ tasks, catalog }: Snapshot, findings: Finding[]): void {
  const now = systemClock.now()
  for (const task of tasks.values()) {
    for (const { provider, model } of task.candidates) {
      const name = `${provider}/${model}`
      const found = catalog.find(provider, model, now)
      const what = `task ${task.name}`
      if (!found?.segment && !found?.model.machine) {
        findings.push({
          what,
          state: 'warning',
          says: `${name} has no price: its cost is not counted, and keys with a budget may not call it.`,
        })
      } else
        findings.push({
          what,
          state: 'ok',
          says: `${name}: price known (${found.segment?.source ?? 'own machine'})`,
        })
      const shutdown = found?.model.shutdown ?? null
      if (shutdown === null) continue
      const days = Math.floor((Date.parse(shutdown) - now / 1_000) / 86_400_000)
      if (days > soonDays) continue
      const replacement = found?.model.replacement ?? null
      const instead = replacement === null ? '' : ` Its vendor names ${replacement} instead.`
      findings.push({
        what,
        state: 'warning',
        says:
          days < 0
            ? `${name} was shut down on ${shutdown}.${instead}`
            : `${name} shuts down on ${shutdown}, in ${days} days.${instead}`,
      })
    }
  }
}

const answerMs = 10_000

function checkProviders({ providers }: Snapshot, signal: AbortSignal): Promise<Finding[]> {
  const asked = [...providers.values()].filter(({ facts }) => facts.kind !== 'simulator')
  return Promise.all(asked.map((provider) => checkProvider(provider, signal)))
}

async function checkProvider(provider: LiveProvider, signal: AbortSignal): Promise<Finding> {
  const what = `provider ${provider.id}`
  const headers = new Headers(provider.facts.headers)
  const [key] = provider.keys
  if (key && provider.facts.sign.kind === 'bearer')
    headers.set('authorization', `Bearer ${key.reveal()}`)
  if (key && provider.facts.sign.kind === 'header')
    headers.set(provider.facts.sign.name, key.reveal())
  const [path, query] = provider.baseUrl.split('?')
  const url = `${path}/models${query === undefined ? '' : `?${query}`}`
  if (key && provider.facts.sign.kind === 'request') {
    const asked = { method: 'GET', url, headers: {}, body: '', at: systemClock.now() }
    for (const [name, value] of Object.entries(provider.facts.sign.sign(asked, key)))
      headers.set(name, value)
  }
  const started = performance.now()
  try {
    const response = await fetch(url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    })
    await response.body?.cancel()
    const took = `${Math.round(performance.now() - started)} ms`
    if (response.status === 401 || response.status === 403) {
      return {
        what,
        state: 'failed',
        says: `${provider.baseUrl} refuses the key (status ${response.status}). Check providers.${provider.id}.api_key or ${provider.facts.keyNames[0] ?? 'its key'}.`,
      }
    }
    if (response.status >= 500)
      return {
        what,
        state: 'failed',
        says: `${provider.baseUrl} answers with status ${response.status}.`,
      }
    const said = response.ok
      ? `answers in ${took}`
      : `is reached in ${took}, and has no list of models (status ${response.status})`
    return { what, state: 'ok', says: `${provider.baseUrl} ${said}` }
  } catch (error) {
    return {
      what,
      state: 'failed',
      says: `${provider.baseUrl} is not reached: ${(error as Error).message}`,
    }
  }
}

function report(findings: readonly Finding[], print: Printer): string {
  const marks = { ok: green, warning: yellow, failed: red }
  const lines = table(
    findings,
    [
      { title: 'STATE', value: ({ state }) => state },
      { title: 'WHAT', value: ({ what }) => what },
      { title: '', value: ({ says }) => says },
    ],
    { colour: print.colour, width: null },
  ).split('\n')
  if (!print.colour) return lines.join('\n')
  return lines
    .map((line, index) => {
      const state = findings[index - 1]?.state
      return state === undefined ? line : marks[state](state) + line.slice(state.length)
    })
    .join('\n')
}
