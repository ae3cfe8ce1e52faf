import { invalidRequest, objectNotOffered, providerFailed } from '../../core/errors.ts'
import type { Parts } from '../pipeline/parts.ts'
import type { LiveProvider } from '../pipeline/snapshot.ts'
import { askForJson, credentialOf } from './ask-provider.ts'
import { demandNoBudget, demandUse, notOffered } from './choose.ts'
import { liveOf } from './files.ts'
import { outwardId, placeOfId } from './ids.ts'
import {
  isFinalJob,
  type JobFormat,
  jobFormats,
  type JobList,
  type JobVerb,
} from './job-formats.ts'
import { json, type ObjectAnswer, type ObjectCall } from './object-call.ts'
import { filesOf, outwardCheckpoint, outwardJob } from './outward.ts'
import type { Held, Owned } from './owned.ts'
import { lately, pageOf } from './page.ts'
import { modelAt, noteFiles } from './theirs.ts'

type Wire = Readonly<Record<string, unknown>>

/** /v1/fine_tuning/jobs: at the provider that has the training file. */
export class Jobs {
  readonly #parts: Parts
  readonly #owned: Owned

  constructor(parts: Parts, owned: Owned) {
    this.#parts = parts
    this.#owned = owned
  }

  /** @throws invalid_request, object_not_found, object_not_offered, budget_cannot_hold, what the provider said */
  async create(call: ObjectCall): Promise<ObjectAnswer> {
    const { value } = await call.readBody()
    const { model, training_file: training, validation_file: validation } = value
    if (typeof model !== 'string' || model === '') {
      throw invalidRequest("'model' has to name the model to begin with.").at('model')
    }
    const held = await this.#file(call, training, 'training_file')
    const live = liveOf(held.provider, held.outward, this.#parts)
    const format = this.#formatOf(live)
    demandUse(call.key, live)
    const snapshot = this.#parts.snapshot()
    demandNoBudget('fine-tuning job', call, value['metadata'], live, snapshot)
    const beside =
      validation === undefined || validation === null
        ? null
        : await this.#file(call, validation, 'validation_file')
    if (beside && beside.provider !== held.provider) {
      throw invalidRequest(
        `'validation_file' lies at ${beside.provider} and 'training_file' at ${held.provider}. Upload both to one.`,
      ).at('validation_file')
    }
    const credential = credentialOf(live, held.credential, this.#parts)
    const body = format.request({
      ...value,
      model: modelAt(live, model, snapshot),
      training_file: held.id,
      ...(beside ? { validation_file: beside.id } : {}),
    })
    const wire = await askForJson(
      {
        live,
        method: 'POST',
        path: format.path,
        body: { mediaType: 'application/json', bytes: JSON.stringify(body) },
        credential,
      },
      call,
      this.#parts,
    )
    const { id } = wire
    if (typeof id !== 'string' || id === '')
      throw providerFailed(live.id, 'it took the job and gave it no id')
    const made: Held = {
      outward: outwardId('job', { provider: live.id, id }),
      owner: call.key.id,
      provider: live.id,
      id,
      credential: credential?.fingerprint() ?? null,
      object: {},
      at: this.#parts.clock.now(),
    }
    return json(await this.#noted(made, format.job(wire)))
  }

  async list(call: ObjectCall): Promise<ObjectAnswer> {
    const noted = await this.#owned.list('job', call.key)
    const jobs = await lately(
      noted,
      ({ object }) => !isFinalJob(object),
      (held) => this.#show(call, held),
    )
    return json(pageOf(jobs, call.query, { usual: 20, most: 100 }))
  }

  async show(call: ObjectCall): Promise<ObjectAnswer> {
    return json(await this.#show(call, await this.#owned.find('job', call.id, call.key)))
  }

  async change(call: ObjectCall, verb: JobVerb): Promise<ObjectAnswer> {
    const held = await this.#owned.find('job', call.id, call.key)
    const live = liveOf(held.provider, held.outward, this.#parts)
    const format = this.#formatOf(live)
    if (!format.verbs.includes(verb))
      throw objectNotOffered(`A job at ${live.id} knows no ${verb}.`)
    const wire = await this.#ask(call, held, 'POST', `/${verb}`)
    return json(await this.#noted(held, format.job(wire)))
  }

  async details(call: ObjectCall, what: JobList): Promise<ObjectAnswer> {
    const held = await this.#owned.find('job', call.id, call.key)
    const live = liveOf(held.provider, held.outward, this.#parts)
    const format = this.#formatOf(live)
    const apart = format.lists === 'apart'
    const query = [...call.query].length > 0 ? `?${call.query.toString()}` : ''
    const wire = await this.#ask(call, held, 'GET', apart ? `/${what}${query}` : '')
    const data = format[what](wire)
    const shown = what === 'events' ? data : data.map((each) => outwardCheckpoint(live.id, each))
    if (!apart) return json(pageOf(shown, call.query, { usual: 20, most: 100 }))
    return json({ has_more: false, ...wire, object: 'list', data: shown })
  }

  async #show(call: ObjectCall, held: Held): Promise<Wire> {
    const format = this.#formatOf(liveOf(held.provider, held.outward, this.#parts))
    return this.#noted(held, format.job(await this.#ask(call, held, 'GET', '')))
  }

  #ask(call: ObjectCall, held: Held, method: 'GET' | 'POST', rest: string): Promise<Wire> {
    const live = liveOf(held.provider, held.outward, this.#parts)
    const path = `${this.#formatOf(live).path}/${encodeURIComponent(held.id)}${rest}`
    const credential = credentialOf(live, held.credential, this.#parts)
    const body = method === 'POST' ? { body: { mediaType: 'application/json', bytes: '{}' } } : {}
    return askForJson({ live, method, path, credential, ...body }, call, this.#parts)
  }

  async #noted(held: Held, wire: Wire): Promise<Wire> {
    const object = outwardJob(held.provider, { ...wire, id: held.id })
    if (held.owner !== null) this.#owned.note('job', { ...held, object })
    await noteFiles(this.#owned, held, filesOf(wire))
    return object
  }

  async #file(call: ObjectCall, id: unknown, param: string): Promise<Held> {
    if (typeof id !== 'string' || id === '') {
      throw invalidRequest(`'${param}' has to be the id of a file.`).at(param)
    }
    if (placeOfId('file', id)?.provider === null) {
      throw invalidRequest(
        `'${param}' is kept by the gateway, for a batch. Upload it for fine-tuning to the provider that shall train.`,
      ).at(param)
    }
    return this.#owned.find('file', id, call.key)
  }

  #formatOf(live: LiveProvider): JobFormat {
    const offered = live.facts.objects?.fineTuning
    if (!offered) throw notOffered(live, 'fine-tuning', this.#parts.snapshot())
    return jobFormats[offered.speaks]
  }
}
