import { adviceReport } from '../control/economics/advice-report.ts'
import type { Asked } from './asked.ts'
import { evidenceOf } from './concentration.ts'
import type { AdviceJson } from './contract/economics.ts'
import type { Control } from './control.ts'

/** GET /api/economics/advice: which task is worth machines of one's own, and what is missing where none is. */
export function showAdvice({ control }: Pick<Asked, 'control'>): Promise<AdviceJson> {
  return adviceNow(control)
}

/** What is known of machines is read where studies are made; here are sums and words alone. */
export async function adviceNow(
  control: Pick<Control, 'store' | 'clock' | 'timezone' | 'snapshot' | 'economics' | 'studies'>,
): Promise<AdviceJson> {
  const { providers, tasks } = control.snapshot()
  return adviceReport({
    ledger: control.store,
    now: control.clock.now(),
    timezone: control.timezone,
    tasks: new Map(
      [...tasks.values()].map(({ name, candidates }) => [
        name,
        candidates.map(({ provider, model }) => `${provider}/${model}`),
      ]),
    ),
    isOwn: (id) => {
      const provider = providers.get(id)
      return provider?.facts.kind === 'engine' || provider?.data === 'on-premises'
    },
    evidence: evidenceOf(await control.store.certificates()),
    terms: control.economics().advice,
    study: (order) => control.studies.breakEven(order),
  })
}
