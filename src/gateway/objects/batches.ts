import type { Instant } from '../../core/clock.ts'
import { invalidRequest, objectNotFound, providerFailed } from '../../core/errors.ts'
import { type KeptFiles, newFileId } from '../../store/files/kept-files.ts'
import { deadlineUs } from '../pipeline/deadline.ts'
import type { Parts } from '../pipeline/parts.ts'
import { askForJson, credentialOf } from './ask-provider.ts'
import type { BatchEngine } from './batches/engine.ts'
import { batchJson, type BatchFacts, isOver } from './batches/facts.ts'
import { demandNoBudget, demandUse, notOffered } from './choose.ts'
import { liveOf } from './files.ts'
import { outwardId, placeOfId } from './ids.ts'
import { json, type ObjectAnswer, type ObjectCall } from './object-call.ts'
import { filesOf, outwardBatch } from './outward.ts'
import { type Held, mayUse, type Owned } from './owned.ts'
import { lately, pageOf } from './page.ts'
import { noteFiles } from './theirs.ts'

type Wire = Readonly<Record<string, unknown>>

export interface BatchParts {
  readonly parts: Parts
  readonly owned: Owned
  readonly kept: KeptFiles
  readonly engine: BatchEngine
  /** Paths that the gateway's own batches may ask. */
  readonly endpoints: readonly string[]
  /** How long output is kept of which nothing else was said. */
  readonly keepMs: () => number
}

/** /v1/batches: run by the provider that has the file, or by the gateway when it has the file itself. */
export class Batches {
  readonly #has: BatchParts

  constructor(has: BatchParts) {
    this.#has = has
  }

  /** @throws invalid_request, object_not_found, object_not_offered, budget_cannot_hold, what the provider said */
  async create(call: ObjectCall): Promise<ObjectAnswer> {
    const { value } = await call.readBody()
    const { input_file_id: input } = value
    if (typeof input !== 'string' || input === '') {
      throw invalidRequest("'input_file_id' has to be the id of a file of requests.").at(
        'input_file_id',
      )
    }
    const place = placeOfId('file', input)
    if (place?.provider === null) return this.#createOwn(call, value, input, place.id)
    return this.#createTheirs(call, value, input)
  }

  async list(call: ObjectCall): Promise<ObjectAnswer> {
    const noted = await this.#has.owned.list('batch', call.key)
    const theirs = await lately(
      noted,
      ({ object }) => !final.has(String(object['status']).toLowerCase()),
      (held) => this.#show(call, held),
    )
    const own = this.#has.engine.all().filter(({ owner }) => mayUse(call.key, owner))
    return json(pageOf([...theirs, ...own.map(batchJson)], call.query, { usual: 20, most: 100 }))
  }

  async show(call: ObjectCall): Promise<ObjectAnswer> {
    const own = this.#own(call)
    if (own) return json(batchJson(own))
    return json(await this.#show(call, await this.#has.owned.find('batch', call.id, call.key)))
  }

  async cancel(call: ObjectCall): Promise<ObjectAnswer> {
    const { engine, owned } = this.#has
    const own = this.#own(call)
    if (own) {
      if (isOver(own)) {
        throw invalidRequest(`${call.id} is ${own.status} already: there is nothing to cancel.`)
      }
      await engine.cancel(own.id)
      return json(batchJson(engine.find(own.id) ?? own))
    }
    const held = await owned.find('batch', call.id, call.key)
    return json(await this.#noted(held, await this.#ask(call, held, 'POST', '/cancel')))
  }

  #own({ id, key }: ObjectCall): BatchFacts | null {
    const place = placeOfId('batch', id)
    if (place === null || place.provider !== null) return null
    const facts = this.#has.engine.find(place.id)
    if (facts && mayUse(key, facts.owner)) return facts
    throw objectNotFound('batch', JSON.stringify(id))
  }

  async #createOwn(
    { key, header }: ObjectCall,
    body: Wire,
    outward: string,
    input: string,
  ): Promise<ObjectAnswer> {
    const { kept, engine, endpoints, parts, keepMs } = this.#has
    const file = kept.find(input)
    if (!file || !mayUse(key, file.owner)) throw objectNotFound('file', JSON.stringify(outward))
    const { endpoint, completion_window: window = '24h', metadata = null } = body
    if (typeof endpoint !== 'string' || !endpoints.includes(endpoint)) {
      throw invalidRequest(
        `'endpoint' has to be a path that batches take: ${endpoints.join(', ')}.`,
      ).at('endpoint')
    }
    const windowMs = windowOf(window)
    const at = parts.clock.now()
    const deadline = deadlineAt(header, metadata, at)
    const facts: BatchFacts = {
      id: newFileId(),
      owner: key.id,
      at,
      endpoint,
      input,
      window: String(window),
      // Clients of OpenAI's can say no other window than a day: a later deadline means what it says.
      expiresAt: Math.max(at + windowMs * 1_000, deadline ?? 0) as Instant,
      metadata: checkedMetadata(metadata),
      deadline,
      headers: Object.fromEntries(
        keptHeaders.flatMap((name) => {
          const text = header(name)
          return text === null ? [] : [[name, text]]
        }),
      ),
      keepMs: outputKeepMs(body['output_expires_after'], keepMs()),
      status: 'validating',
      ending: null,
      errors: null,
      output: newFileId(),
      error: newFileId(),
      hasOutput: false,
      hasError: false,
      total: 0,
      completed: 0,
      failed: 0,
      moments: { validating: at },
    }
    return json(batchJson(await engine.begin(facts)))
  }

  async #createTheirs(call: ObjectCall, body: Wire, input: string): Promise<ObjectAnswer> {
    const { parts, owned } = this.#has
    const file = await owned.find('file', input, call.key)
    const live = liveOf(file.provider, input, parts)
    const snapshot = parts.snapshot()
    const offered = live.facts.objects?.batches
    if (!offered) throw notOffered(live, 'batches', snapshot)
    demandUse(call.key, live)
    demandNoBudget('batch', call, body['metadata'], live, snapshot)
    const { endpoint } = body
    const path = typeof endpoint === 'string' ? offered.paths[endpoint] : undefined
    const credential = credentialOf(live, file.credential, parts)
    const sent = {
      ...body,
      input_file_id: file.id,
      ...(path === undefined ? {} : { endpoint: path }),
    }
    const wire = await askForJson(
      {
        live,
        method: 'POST',
        path: '/batches',
        body: { mediaType: 'application/json', bytes: JSON.stringify(sent) },
        credential,
      },
      call,
      parts,
    )
    const { id } = wire
    if (typeof id !== 'string' || id === '')
      throw providerFailed(live.id, 'it took the batch and gave it no id')
    const held: Held = {
      outward: outwardId('batch', { provider: live.id, id }),
      owner: call.key.id,
      provider: live.id,
      id,
      credential: credential?.fingerprint() ?? null,
      object: {},
      at: parts.clock.now(),
    }
    return json(await this.#noted(held, wire))
  }

  async #show(call: ObjectCall, held: Held): Promise<Wire> {
    return this.#noted(held, await this.#ask(call, held, 'GET', ''))
  }

  #ask(call: ObjectCall, held: Held, method: 'GET' | 'POST', rest: string): Promise<Wire> {
    const { parts } = this.#has
    const live = liveOf(held.provider, held.outward, parts)
    const path = `/batches/${encodeURIComponent(held.id)}${rest}`
    const credential = credentialOf(live, held.credential, parts)
    return askForJson({ live, method, path, credential }, call, parts)
  }

  async #noted(held: Held, wire: Wire): Promise<Wire> {
    const { owned } = this.#has
    const object = outwardBatch(held.provider, { ...wire, id: held.id })
    if (held.owner !== null) owned.note('batch', { ...held, object })
    await noteFiles(owned, held, filesOf(wire))
    return object
  }
}

const final = new Set(['completed', 'failed', 'expired', 'cancelled'])

/** Headers that say of each line what they would say of a call. */
const keptHeaders = [
  'x-freehold-customer',
  'x-freehold-feature',
  'x-freehold-session',
  'x-freehold-strict',
  'anthropic-version',
  'anthropic-beta',
]

const hourMs = 3_600_000
const windowMaxMs = 30 * 24 * hourMs

/** '24h' as at OpenAI, '7d' as at Groq. @throws invalid_request */
function windowOf(window: unknown): number {
  const [, count, unit] = /^(\d{1,4})([hd])$/.exec(String(window)) ?? []
  const ms = Number(count) * (unit === 'd' ? 24 * hourMs : hourMs)
  if (ms >= hourMs && ms <= windowMaxMs) return ms
  throw invalidRequest("'completion_window' has to be a time from 1h to 30d, such as 24h.").at(
    'completion_window',
  )
}

/** By the header, or under `metadata` for clients that send no headers. @throws invalid_request */
function deadlineAt(header: ObjectCall['header'], metadata: unknown, at: Instant): Instant | null {
  const name = 'x-freehold-deadline'
  const said = (metadata as Record<string, unknown> | null)?.[name]
  const text = header(name) ?? (typeof said === 'string' ? said : null)
  const us = deadlineUs({ header: () => text })
  return us === null ? null : ((at + Math.min(us, windowMaxMs * 1_000)) as Instant)
}

function checkedMetadata(metadata: unknown): unknown {
  if (metadata === null) return null
  const isObject = typeof metadata === 'object' && !Array.isArray(metadata)
  if (isObject && Object.keys(metadata).length <= 16 && JSON.stringify(metadata).length < 20_000)
    return metadata
  throw invalidRequest("'metadata' has to be an object of up to 16 short texts.").at('metadata')
}

/** @throws invalid_request */
function outputKeepMs(wish: unknown, usualMs: number): number {
  if (wish === undefined || wish === null) return usualMs
  const { seconds } = wish as { seconds?: unknown }
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 3_600)
    return Math.min(seconds * 1_000, usualMs)
  throw invalidRequest("'output_expires_after.seconds' has to be a whole number from 3600.").at(
    'output_expires_after',
  )
}
