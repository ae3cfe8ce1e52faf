import type { Instant } from '../../core/clock.ts'
import {
  GatewayError,
  invalidRequest,
  noRoom,
  objectNotFound,
  providerFailed,
} from '../../core/errors.ts'
import type { FormFile } from '../../core/extra.ts'
import { type KeptFile, type KeptFiles, NoRoom } from '../../store/files/kept-files.ts'
import type { Parts } from '../pipeline/parts.ts'
import type { LiveProvider } from '../pipeline/snapshot.ts'
import { askForJson, askProvider, credentialOf } from './ask-provider.ts'
import { providerFor } from './choose.ts'
import { writeForm, type FormPart } from './form.ts'
import { outwardId, placeOfId } from './ids.ts'
import { linesFor } from './lines-for.ts'
import { json, type ObjectAnswer, type ObjectCall } from './object-call.ts'
import { outwardFile } from './outward.ts'
import { type Held, mayUse, type Owned } from './owned.ts'
import { lately, pageOf } from './page.ts'

export interface FileParts {
  readonly parts: Parts
  readonly owned: Owned
  readonly kept: KeptFiles
  /** How long the gateway keeps a file of which nothing else was said. */
  readonly keepMs: () => number
  /** The batch that reads a file now; null when none does. */
  readonly readerOf: (file: string) => string | null
}

/** /v1/files: at the providers that have them, and in the gateway's own folder for batches that it runs. */
export class Files {
  readonly #has: FileParts

  constructor(has: FileParts) {
    this.#has = has
  }

  /** @throws invalid_request, object_not_offered, no_room, what the provider said */
  async create(call: ObjectCall): Promise<ObjectAnswer> {
    const { body, files } = await call.readForm()
    const { purpose, provider = null, model = null } = body.value
    const [file] = files
    if (files.length !== 1 || file?.field !== 'file') {
      throw invalidRequest("The form has to hold one file, in the field 'file'.").at('file')
    }
    if (typeof purpose !== 'string' || !/^[a-z][a-z0-9_-]{0,63}$/.test(purpose)) {
      throw invalidRequest(
        "'purpose' has to say what the file is for: batch, fine-tune, user_data.",
      ).at('purpose')
    }
    const named = call.header('x-freehold-provider') ?? (provider as string | null)
    const wish = { purpose, provider: named, model: model as string | null }
    const live = providerFor(wish, call.key, this.#has.parts.snapshot())
    if (live === null) return this.#keep(call, purpose, file, body.value)
    return this.#upload(call, live, purpose, file, body.value)
  }

  async list(call: ObjectCall): Promise<ObjectAnswer> {
    const { key, query } = call
    const noted = await this.#has.owned.list('file', key)
    // What a batch or a job left behind is known by its id only, until somebody asks.
    const held = await lately(
      noted,
      ({ object }) => !('id' in object),
      (file) => this.#show(call, file),
    )
    const own = this.#has.kept.all().filter(({ owner }) => mayUse(key, owner))
    const purpose = query.get('purpose')
    const objects = [...held, ...own.map(fileJson)].filter(
      (file) => purpose === null || file['purpose'] === purpose,
    )
    return json(pageOf(objects, query, { usual: 10_000, most: 10_000 }))
  }

  async show(call: ObjectCall): Promise<ObjectAnswer> {
    const own = this.#own(call)
    if (own) return json(fileJson(own))
    return json(await this.#show(call, await this.#has.owned.find('file', call.id, call.key)))
  }

  async content(call: ObjectCall): Promise<ObjectAnswer> {
    const own = this.#own(call)
    if (own) {
      return {
        kind: 'bytes',
        mediaType: 'application/octet-stream',
        body: this.#has.kept.content(own),
      }
    }
    const held = await this.#has.owned.find('file', call.id, call.key)
    const live = this.#live(held)
    const exchange = await askProvider(
      { ...this.#question(live, held, '/content'), method: 'GET' },
      call,
      this.#has.parts,
    )
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const bytes = await exchange.read()
        if (bytes === null) controller.close()
        else controller.enqueue(bytes)
      },
      cancel: () => exchange.cancel(),
    })
    const mediaType = exchange.headers.get('content-type') ?? 'application/octet-stream'
    return { kind: 'bytes', mediaType: mediaType.replaceAll(/[^ -~]/g, '?'), body }
  }

  async remove(call: ObjectCall): Promise<ObjectAnswer> {
    const own = this.#own(call)
    if (own) {
      const reader = this.#has.readerOf(own.id)
      if (reader !== null) {
        throw invalidRequest(`${call.id} is read by ${reader} now. Cancel that first.`)
      }
      await this.#has.kept.remove(own.id)
    } else {
      const held = await this.#has.owned.find('file', call.id, call.key)
      await this.#ask(call, this.#live(held), held, 'DELETE', '')
      this.#has.owned.forget('file', call.id)
    }
    return json({ id: call.id, object: 'file', deleted: true })
  }

  /** A file of the gateway's own. @throws object_not_found when it is somebody else's or gone */
  #own({ id, key }: ObjectCall): KeptFile | null {
    const place = placeOfId('file', id)
    if (place === null || place.provider !== null) return null
    const file = this.#has.kept.find(place.id)
    if (file && mayUse(key, file.owner)) return file
    throw objectNotFound('file', JSON.stringify(id))
  }

  async #keep(
    { key }: ObjectCall,
    purpose: string,
    file: FormFile,
    form: Readonly<Record<string, unknown>>,
  ): Promise<ObjectAnswer> {
    const { kept, parts, keepMs } = this.#has
    const wished = form['expires_after[seconds]']
    const seconds = wished === undefined ? keepMs() / 1_000 : Number(wished)
    if (!Number.isInteger(seconds) || seconds < 3_600) {
      throw invalidRequest(
        "'expires_after[seconds]' has to be a whole number of seconds from 3600.",
      ).at('expires_after')
    }
    const expiresAt = (parts.clock.now() + Math.min(seconds * 1_000, keepMs()) * 1_000) as Instant
    try {
      const facts = { owner: key.id, name: file.name, purpose, expiresAt }
      return json(fileJson(await kept.add(facts, file.bytes)))
    } catch (error) {
      throw error instanceof NoRoom ? noRoom(error.message) : error
    }
  }

  async #upload(
    call: ObjectCall,
    live: LiveProvider,
    purpose: string,
    file: FormFile,
    form: Readonly<Record<string, unknown>>,
  ): Promise<ObjectAnswer> {
    const { parts, owned } = this.#has
    const { uploadPath = '/files', nameField, words = {} } = live.facts.objects?.files ?? {}
    const bytes = purpose === 'batch' ? await linesFor(file.bytes, live) : file.bytes
    const fields: FormPart[] = [{ field: 'purpose', bytes: words[purpose] ?? purpose }]
    for (const [field, value] of Object.entries(form)) {
      if (ourFields.has(field) || field === nameField) continue
      for (const text of [value].flat()) fields.push({ field, bytes: String(text) })
    }
    if (nameField !== undefined) fields.push({ field: nameField, bytes: file.name })
    fields.push({ field: file.field, bytes, file })
    const credential = credentialOf(live, null, parts)
    const wire = await askForJson(
      { live, method: 'POST', path: uploadPath, body: writeForm(fields), credential },
      call,
      parts,
    )
    const { id } = wire
    if (typeof id !== 'string' || id === '') {
      throw providerFailed(live.id, 'it took the file and gave it no id')
    }
    const object = outwardFile(live.id, { ...wire, purpose: wire['purpose'] ?? purpose })
    owned.note('file', {
      outward: outwardId('file', { provider: live.id, id }),
      owner: call.key.id,
      provider: live.id,
      id,
      credential: credential?.fingerprint() ?? null,
      object,
      at: parts.clock.now(),
    })
    return json(object)
  }

  async #show(call: ObjectCall, held: Held): Promise<Readonly<Record<string, unknown>>> {
    const live = this.#live(held)
    const wire = await this.#ask(call, live, held, 'GET', '')
    const object = outwardFile(live.id, { ...wire, id: held.id })
    if (held.owner !== null) this.#has.owned.note('file', { ...held, object })
    return object
  }

  /** @throws object_not_found once the provider has none of it any more */
  async #ask(
    call: ObjectCall,
    live: LiveProvider,
    held: Held,
    method: 'GET' | 'DELETE',
    rest: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { parts, owned } = this.#has
    try {
      return await askForJson({ ...this.#question(live, held, rest), method }, call, parts)
    } catch (error) {
      if (!(error instanceof GatewayError) || error.status !== 404) throw error
      owned.forget('file', held.outward)
      throw objectNotFound('file', JSON.stringify(held.outward))
    }
  }

  #question(live: LiveProvider, { id, credential }: Held, rest: string) {
    const path = `/files/${encodeURIComponent(id)}${rest}`
    return { live, path, credential: credentialOf(live, credential, this.#has.parts) }
  }

  #live({ provider, outward }: Held): LiveProvider {
    return liveOf(provider, outward, this.#has.parts)
  }
}

/** @throws object_not_offered when the provider of an object is not live any more */
export function liveOf(
  provider: string,
  outward: string,
  { snapshot }: Pick<Parts, 'snapshot'>,
): LiveProvider {
  const live = snapshot().providers.get(provider)
  if (live) return live
  throw invalidRequest(
    `${outward} lies at ${provider}, which is not live here now. Put it back among the providers.`,
  )
}

/** Fields of the form that are meant for the gateway. */
const ourFields = new Set(['purpose', 'provider', 'model'])

/** A file of the gateway's own, as OpenAI writes one. */
function fileJson({ id, name, purpose, bytes, at, expiresAt }: KeptFile) {
  const fields: Record<string, unknown> = {
    id: outwardId('file', { provider: null, id }),
    object: 'file',
    bytes,
    created_at: Math.floor(at / 1_000_000),
    expires_at: Math.floor(expiresAt / 1_000_000),
    filename: name,
    purpose,
    status: 'processed',
  }
  return fields
}
