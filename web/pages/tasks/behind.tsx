import type { TaskJson } from '../../../src/server/contract/tasks.ts'
import { percent } from '../../parts/format.ts'
import { Tag } from '../../parts/states.tsx'

const shownMost = 2

/** The first of them, and how many more there are. */
export function behindText({ models }: TaskJson): string {
  const first = models[0]?.model ?? 'nobody'
  return models.length > 1 ? `${first} +${models.length - 1}` : first
}

/** Who answers a task, and by which policy, in one line. */
export function Behind({ task }: { readonly task: TaskJson }) {
  const { policy, models, weights } = task
  const names = models.map(({ model, share }) =>
    share === null ? model : `${model} ${percent(share)}`,
  )
  const shown = names.slice(0, shownMost).join(joints[policy] ?? ', ')
  const others = names.length - shownMost
  return (
    <span className="behind" title={names.join(joints[policy] ?? ', ')}>
      {policy === 'fixed' ? null : <Tag>{policy}</Tag>}
      <span className="behind-models">
        {weights === null ? '' : `${weights}: `}
        {shown}
        {others > 0 ? ` and ${others} more` : ''}
      </span>
    </span>
  )
}

const joints: Readonly<Record<string, string>> = {
  fixed: ', then ',
  cascade: ' → ',
  learned: ' or ',
  weighted: ', ',
  fastest: ' or ',
  cheapest: ' or ',
}
