import { jurisdictionOf } from '../catalog/jurisdictions.ts'
import type { Instant } from '../core/clock.ts'
import { concentrationReport, type Evidence } from '../control/economics/concentration-report.ts'
import { brokenLink, type CertificateRow } from '../store/certificate.ts'
import type { Asked } from './asked.ts'
import type { ConcentrationJson } from './contract/economics.ts'

/** GET /api/concentration: on whom the spending hangs, and what it would take to go. */
export async function showConcentration({ control, query }: Asked): Promise<ConcentrationJson> {
  const { providers, tasks, catalog } = control.snapshot()
  const now = control.clock.now()
  const find = (name: string, at: Instant) => {
    const slash = name.indexOf('/')
    return catalog.find(name.slice(0, slash), name.slice(slash + 1), at)
  }
  return concentrationReport(
    {
      ledger: control.store,
      now,
      timezone: control.timezone,
      sellers: new Map(
        [...providers.values()].map(({ id, facts, data, jurisdiction }) => [
          id,
          { vendor: facts.id, kind: facts.kind, jurisdiction, onPremises: data === 'on-premises' },
        ]),
      ),
      seatOf: jurisdictionOf,
      modelOf: (name) => find(name, now)?.model ?? null,
      cardAt: (name, at) => find(name, at)?.segment ?? null,
      sold: (provider) => catalog.models(provider),
      tasks: new Map(
        [...tasks.values()].map(({ name, candidates }) => [
          name,
          candidates.map(({ provider, model }) => `${provider}/${model}`),
        ]),
      ),
      evidence: evidenceOf(await control.store.certificates()),
    },
    query.get('env') ?? 'production',
  )
}

/** Swaps that rest on a proof. A chain that is broken proves nothing from there on. */
export function evidenceOf(chain: readonly CertificateRow[]): readonly Evidence[] {
  const broken = brokenLink(chain)
  return chain.flatMap(({ seq, at, task, body }) => {
    if (broken !== null && seq >= broken) return []
    const { models } = JSON.parse(body) as {
      models?: { before?: readonly string[]; after?: readonly string[] }
    }
    // Both were measured on the task's own cases: the one that was proven, and the one before it.
    return [models?.before?.[0], models?.after?.[0]].flatMap((model) =>
      model === undefined ? [] : [{ task, model, at, source: `certificate ${seq}` }],
    )
  })
}
