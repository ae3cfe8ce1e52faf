import { instant } from '../core/clock.ts'
import { modelUnknown } from '../core/errors.ts'
import type { ApiKey, Snapshot } from '../gateway/pipeline/snapshot.ts'
import type { Asked } from './asked.ts'
import { decoded } from './request.ts'

/** GET /v1/models: the tasks and models that a key may call, in OpenAI's shape or Anthropic's. */

interface Listed {
  readonly id: string
  readonly owner: string
  readonly name: string
  /** Seconds since 1970; null when it is not known. */
  readonly releasedS: number | null
}

export function listModels({ control, key, header }: Asked): unknown {
  const listed = [...allListed(control.snapshot())].filter(({ id }) => mayList(key, id))
  if (shapeOf(header) === 'openai') return { object: 'list', data: listed.map(openaiModel) }
  return {
    data: listed.map(anthropicModel),
    has_more: false,
    first_id: listed[0]?.id ?? null,
    last_id: listed.at(-1)?.id ?? null,
  }
}

/** @throws model_not_found */
export function showModel({ control, key, header, rest }: Asked): unknown {
  const id = decoded(rest)
  for (const listed of allListed(control.snapshot())) {
    if (listed.id === id && mayList(key, id)) {
      return shapeOf(header) === 'openai' ? openaiModel(listed) : anthropicModel(listed)
    }
  }
  throw modelUnknown(JSON.stringify(id.slice(0, 80)), 'GET /v1/models lists what there is.')
}

function shapeOf(header: Asked['header']): 'openai' | 'anthropic' {
  return header('anthropic-version') === null ? 'openai' : 'anthropic'
}

function* allListed({ tasks, providers, catalog }: Snapshot): Generator<Listed> {
  for (const task of tasks.values()) {
    yield { id: task.name, owner: 'freehold', name: task.name, releasedS: null }
  }
  for (const provider of providers.keys()) {
    for (const model of catalog.models(provider)) {
      const releasedS = model.released === null ? null : secondsOf(model.released)
      yield {
        id: `${provider}/${model.id}`,
        owner: provider,
        name: model.name ?? model.id,
        releasedS,
      }
    }
  }
}

function mayList({ tasks, role }: ApiKey, id: string): boolean {
  if (tasks === null || role === 'admin' || tasks.has(id)) return true
  const slash = id.indexOf('/')
  return slash > 0 && tasks.has(`${id.slice(0, slash)}/*`)
}

/** The field is a number by the rule of this wire format, so an unknown day is its zero. */
function openaiModel({ id, owner, releasedS }: Listed): unknown {
  return { id, object: 'model', created: releasedS ?? 0, owned_by: owner }
}

function anthropicModel({ id, name, releasedS }: Listed): unknown {
  const created = new Date((releasedS ?? 0) * 1_000).toISOString()
  return { type: 'model', id, display_name: name, created_at: created }
}

function secondsOf(day: string): number | null {
  try {
    return Math.floor(instant(day) / 1_000_000)
  } catch {
    return null
  }
}
