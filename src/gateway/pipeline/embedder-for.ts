import { dataPromises } from '../../providers/provider.ts'
import type { LiveProvider, Snapshot, Task } from './snapshot.ts'

/** Who embeds prompts for a task's policy. */
interface EmbedderPlace {
  readonly provider: LiveProvider
  readonly model: string
}

/**
 * Null where nobody does: its provider is not live here, has no embeddings, or may not have the task's prompts.
 * @param name  'provider/model', as the policy names it
 */
export function embedderFor(
  name: string,
  task: Pick<Task, 'data' | 'notIn'>,
  { providers }: Pick<Snapshot, 'providers'>,
): EmbedderPlace | null {
  const slash = name.indexOf('/')
  const provider = providers.get(name.slice(0, slash))
  if (provider?.facts.doors.embed === undefined || !meets(provider, task)) return null
  return { provider, model: name.slice(slash + 1) }
}

/** A prompt goes nowhere that the task's models may not be. */
function meets(
  { data, jurisdiction }: LiveProvider,
  { data: least, notIn }: Pick<Task, 'data' | 'notIn'>,
): boolean {
  if (least !== null && dataPromises.indexOf(data) < dataPromises.indexOf(least)) return false
  return notIn.length === 0 || (jurisdiction !== null && !notIn.includes(jurisdiction))
}
