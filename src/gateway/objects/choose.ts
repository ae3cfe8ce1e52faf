import { budgetCannotHold, type GatewayError, objectNotOffered } from '../../core/errors.ts'
import { attribute } from '../pipeline/attribute.ts'
import type { ApiKey, LiveProvider, Snapshot } from '../pipeline/snapshot.ts'
import type { ObjectCall } from './object-call.ts'

/** The name by which the gateway itself is asked to keep a file. */
export const hereName = 'freehold'

/** What a new file is for, and where its sender wants it. */
export interface FileWish {
  readonly purpose: string
  /** A provider, or `freehold`. */
  readonly provider: string | null
  /** A task or a model: its provider is meant. */
  readonly model: string | null
}

/**
 * Where a new file goes: to whom its sender names; else to the only provider that takes files of that
 * purpose; else, when it is for a batch, the gateway keeps it and runs the batch itself.
 * @returns null: the gateway keeps it
 * @throws object_not_offered with what to do
 */
export function providerFor(wish: FileWish, key: ApiKey, snapshot: Snapshot): LiveProvider | null {
  const named = namedProvider(wish, snapshot)
  const kept = wish.purpose === 'batch'
  if (named === hereName || (named && kept && !takes(named, wish.purpose))) {
    if (kept) return null
    throw objectNotOffered(
      `The gateway itself keeps files for batches only, and this one is for ${shown(wish.purpose)}. ${whoTakes(wish.purpose, key, snapshot)}`,
    )
  }
  if (named) {
    demandUse(key, named)
    if (takes(named, wish.purpose)) return named
    throw objectNotOffered(
      `${named.id} keeps no files for ${shown(wish.purpose)}. ${whoTakes(wish.purpose, key, snapshot)}`,
    )
  }
  const able = takers(wish.purpose, key, snapshot)
  const [only] = able
  if (able.length === 1 && only) return only
  if (able.length === 0 && kept) return null
  throw objectNotOffered(
    able.length === 0
      ? `No live provider that key ${key.id} may use keeps files for ${shown(wish.purpose)}.`
      : `More than one provider keeps files for ${shown(wish.purpose)}: ${able.map(({ id }) => id).join(', ')}. Name one in the header x-freehold-provider${kept ? `, or ${hereName} to let the gateway run the batch` : ''}.`,
  )
}

function namedProvider(
  { provider, model }: FileWish,
  { providers, tasks }: Snapshot,
): LiveProvider | typeof hereName | null {
  if (provider !== null) {
    const live = providers.get(provider)
    if (live) return live
    if (provider === hereName) return hereName
    throw objectNotOffered(
      `${shown(provider)} is not a provider that is live here: ${[...providers.keys()].join(', ')}, or ${hereName} for the gateway itself.`,
    )
  }
  if (model === null) return null
  const first = tasks.get(model)?.candidates[0]?.provider ?? model.slice(0, model.indexOf('/'))
  const live = providers.get(first)
  if (live) return live
  throw objectNotOffered(
    `${shown(model)} is no task and no model of a provider that is live here. GET /v1/models lists what there is.`,
  )
}

/** Those that a key may use for it without being told which. */
function takers(purpose: string, key: ApiKey, { providers }: Snapshot): readonly LiveProvider[] {
  const spends = purpose === 'batch' || purpose === 'fine-tune'
  return [...providers.values()].filter(
    (live) =>
      takes(live, purpose) &&
      mayUseAllOf(key, live) &&
      !(spends && (key.bounds.budget !== null || live.bounds.budget !== null)),
  )
}

function whoTakes(purpose: string, key: ApiKey, snapshot: Snapshot): string {
  const names = takers(purpose, key, snapshot).map(({ id }) => id)
  return names.length > 0
    ? `These do: ${names.join(', ')}.`
    : 'No live provider that this key may use does.'
}

/** Whether a provider keeps files for a purpose, and does with them what they are for. */
function takes({ facts: { objects } }: LiveProvider, purpose: string): boolean {
  if (!objects?.files) return false
  const { purposes } = objects.files
  if (purposes && !purposes.includes(purpose)) return false
  if (purpose === 'batch') return objects.batches !== undefined
  return purpose !== 'fine-tune' || objects.fineTuning !== undefined
}

/** What is done with an object names no task, so it takes a key that may call all of a provider. */
function mayUseAllOf({ tasks, role }: ApiKey, { id }: LiveProvider): boolean {
  return tasks === null || role === 'admin' || tasks.has(`${id}/*`)
}

/** @throws object_not_offered */
export function demandUse(key: ApiKey, live: LiveProvider): void {
  if (mayUseAllOf(key, live)) return
  throw objectNotOffered(
    `Key ${key.id} may not use files, batches and fine-tuning of ${live.id}: its tasks would have to name ${live.id}/*. A batch may be run by the gateway: upload its file with "x-freehold-provider: ${hereName}".`,
  )
}

/**
 * What a provider's own batch or job costs is on no ledger of ours, so nobody with a budget may start one.
 * @param metadata  of the request, which says for whom and what it is where its headers do not
 * @throws budget_cannot_hold; invalid_request for a name that a call could not have
 */
export function demandNoBudget(
  what: 'batch' | 'fine-tuning job',
  { key, header }: Pick<ObjectCall, 'key' | 'header'>,
  metadata: unknown,
  live: LiveProvider,
  snapshot: Snapshot,
): void {
  const said = typeof metadata === 'object' ? (metadata as Record<string, unknown> | null) : null
  const { customer, feature } = attribute({ metadata: said, user: null }, header)
  const ofCustomer =
    customer === null ? null : (snapshot.customers.get(customer) ?? snapshot.customerDefault)
  const ofFeature = feature === null ? undefined : snapshot.features.get(feature)
  const scope =
    (key.bounds.budget && `key ${key.id}`) ??
    (ofCustomer?.budget && `customer ${customer}`) ??
    (ofFeature?.budget && `feature ${feature}`) ??
    (live.bounds.budget && `provider ${live.id}`)
  if (scope) throw budgetCannotHold(scope, live.id, what)
}

export function notOffered(
  live: LiveProvider,
  what: 'batches' | 'fine-tuning',
  { providers }: Snapshot,
): GatewayError {
  const field = what === 'batches' ? 'batches' : 'fineTuning'
  const names = [...providers.values()]
    .filter(({ facts }) => facts.objects?.[field] !== undefined)
    .map(({ id }) => id)
  const others =
    names.length > 0 ? `Of the live providers these do: ${names.join(', ')}.` : 'No live one does.'
  return objectNotOffered(`${live.id} offers no ${what}. ${others}`)
}

/** A name that a stranger sent, fit for a sentence. */
function shown(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name)
}
