import { accessKeyOf, isSignedBy } from './aws-signature.ts'
import { chance, letters } from './chance.ts'
import { anthropicBatches } from './dialects/anthropic-batches.ts'
import { anthropicCountTokens, anthropicMessages } from './dialects/anthropic-messages.ts'
import { anthropicWords } from './dialects/anthropic.ts'
import { cohereChat } from './dialects/cohere-chat.ts'
import { cohereEmbed } from './dialects/cohere-embed.ts'
import { cohereWords } from './dialects/cohere-words.ts'
import { Problem, type Door, type Event, type Request, type World } from './dialects/dialect.ts'
import { gemini, geminiBeta, modelInPath } from './dialects/gemini.ts'
import { geminiWords } from './dialects/gemini-words.ts'
import { inWordsOf, model, models } from './dialects/models.ts'
import { openaiChat } from './dialects/openai-chat.ts'
import { openaiSpeech, openaiTranscriptions, openaiTranslations } from './dialects/openai-audio.ts'
import { openaiCompletions } from './dialects/openai-completions.ts'
import { openaiObjects } from './dialects/openai-objects.ts'
import { openaiResponses } from './dialects/openai-responses.ts'
import { openaiEmbeddings } from './dialects/openai-embeddings.ts'
import { openaiImages } from './dialects/openai-images.ts'
import { openaiWords } from './dialects/openai.ts'
import { cohereRerank, jinaRerank } from './dialects/rerank.ts'
import { azure, azureV1, modelInDeployment } from './dialects/azure.ts'
import { bedrockConverse, bedrockConverseV1, modelInConverse } from './dialects/bedrock-converse.ts'
import { moderations } from './dialects/moderations.ts'
import { faultInModel, findFault, type FoundFault, type Scene } from './faults.ts'
import { History, type Entry, type OpenEntry } from './history.ts'
import { readForm } from './form.ts'
import { HttpServer, type Asked, type Line } from './http.ts'
import { isObject, type Json } from './json.ts'
import { Models, noTokens } from './model.ts'
import { play, type Step } from './play.ts'
import { readRule, type Rule, Rules } from './rules.ts'
import type { Stored } from './stored.ts'
import { plainStyle, script } from './write.ts'

export interface SimulatorOptions {
  /** 0, the usual, takes any free port. */
  readonly port?: number
  readonly hostname?: string
  /** The same seed gives the same answers. */
  readonly seed?: number
  /** How much of a lifelike wait is kept: 1 all of it, 0 none. */
  readonly speed?: number
  /** The only key that is let in; without one every key is, and none. */
  readonly key?: string
  /** Refuses parameters that are null, as vLLM does. */
  readonly strictNulls?: boolean
  /** How long waiting faults wait, where the request does not say (`x-sim-wait-ms`). */
  readonly waitMs?: number
  /** Exchanges that the history keeps. */
  readonly historyMax?: number
  /** Gets one line for every exchange that ended. */
  readonly log?: (line: string) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export interface Simulator {
  /** What stands before /chat/completions, /messages, ... */
  readonly url: string
  /** Ends answers that are under way within `graceMs` (0 when it is not given), then cuts them. */
  stop(graceMs?: number): Promise<void>
  /** What it was asked and what it sent, oldest first; from the one behind `after`. */
  history(after?: number): readonly Entry[]
  /** Forgets the history, every rule of `behave`, seen prompts and the counts of flaky faults. */
  reset(): void
  /** Makes calls play a fault. Later rules come first. @throws RangeError for what is no rule */
  behave(rule: Rule): void
}

const doors: readonly Door[] = [
  openaiCompletions,
  jinaRerank,
  moderations,
  cohereChat,
  cohereEmbed,
  cohereRerank,
  openaiChat,
  openaiResponses,
  openaiEmbeddings,
  openaiImages,
  openaiSpeech,
  openaiTranscriptions,
  openaiTranslations,
  anthropicMessages,
  anthropicCountTokens,
  ...anthropicBatches,
  gemini,
  geminiBeta,
  bedrockConverse,
  bedrockConverseV1,
  azure,
  azureV1,
  ...openaiObjects,
  models,
  model,
]

/** A model vendor on this machine. @throws the system's error when the port is taken */
export function startSimulator(options: SimulatorOptions = {}): Simulator {
  const vendor = new Vendor(options)
  const { hostname = '127.0.0.1', port = 0 } = options
  const server = new HttpServer(hostname, port, (asked, line) => vendor.handle(asked, line))
  return {
    url: `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${server.port}/v1`,
    stop: (graceMs = 0) => server.stop(graceMs),
    history: (after = 0) => vendor.history.after(after),
    reset: () => vendor.reset(),
    behave: (rule) => vendor.behave(rule),
  }
}

/** A fault that a call plays, and how long its waits are. */
interface Playing extends FoundFault {
  readonly waitMs: number
}

/** The last conversations that were kept; older ones are forgotten, so that a long run stays small. */
class Memory extends Map<string, readonly Json[]> {
  override set(name: string, items: readonly Json[]): this {
    super.set(name, items)
    const [oldest] = this.keys()
    if (this.size > 1_000 && oldest !== undefined) this.delete(oldest)
    return this
  }
}

class Vendor {
  readonly history: History
  readonly #options: SimulatorOptions
  readonly #models: Models
  readonly #now: () => number
  readonly #rules: Rules
  #counts = new Map<string, number>()
  readonly #memory = new Memory()
  readonly #objects = new Map<string, Stored>()
  #ids = 0

  constructor(options: SimulatorOptions) {
    this.#options = options
    this.#models = new Models(options.seed ?? 0)
    this.#rules = new Rules(this.#models.seed)
    this.#now = options.now ?? Date.now
    this.history = new History(options.historyMax)
  }

  reset(): void {
    this.history.clear()
    this.#models.reset()
    this.#rules.clear()
    this.#counts.clear()
    this.#memory.clear()
    this.#objects.clear()
  }

  behave(rule: Rule): void {
    this.#rules.add(rule)
  }

  async handle(asked: Asked, line: Line): Promise<void> {
    if (asked.path.startsWith('/__sim/') && asked.path !== landing) {
      await play(this.#control(asked), line, nobody)
      return
    }
    const key = keyOf(asked, this.#options.key)
    const form = readForm(asked.headers['content-type'] ?? '', asked.bytes)
    const body = form?.fields ?? (asked.body === '' ? undefined : parsed(asked.body))
    const files = form?.files ?? []
    const { path, query, headers } = asked
    const request: Request = { path, query, headers, body, files, key }
    const inBody = isObject(body) && typeof body.model === 'string' ? body.model : null
    const named = modelInPath(path) ?? modelInConverse(path) ?? modelInDeployment(path) ?? inBody
    const requestId = this.#id('req_', 24)
    const entry = this.history.add({
      at: this.#now(),
      method: asked.method,
      path: asked.path,
      headers: asked.headers,
      body: asked.body,
      model: named,
      fault: null,
      requestId,
      status: null,
      tokens: null,
      text: '',
      bytesSent: 0,
      sent: {},
      ending: 'open',
      endedAt: null,
    })
    const started = performance.now()
    const idle = await this.#exchange(asked, request, entry, line)
    this.#log(entry, performance.now() - started)
    if (idle && entry.ending === 'finished') this.#misbehaveIdle(idle, line)
  }

  async #exchange(
    asked: Asked,
    request: Request,
    entry: OpenEntry,
    line: Line,
  ): Promise<{ what: 'close' | 'speak'; waitMs: number } | null> {
    const door = inWordsOf(doorOf(asked), request)
    let steps: Iterable<Step>
    let counted = noTokens
    let playing: Playing | null = null
    try {
      this.#checkKey(request.key)
      playing = this.#choose(request, entry.model)
      entry.fault = playing?.name ?? null
      const made = this.#answer(door, request, entry, playing)
      steps = made.steps
      counted = made.tokens ?? noTokens
    } catch (error) {
      steps = this.#refuse(door, error, entry.requestId, {})
    }
    const sent: Partial<Record<Event['mark'], number>> = {}
    entry.sent = sent
    const witness = {
      head: (status: number) => {
        entry.status = status
      },
      content: (tokens: number) => {
        const output = (entry.tokens?.output ?? 0) + tokens
        entry.tokens = { ...counted, output, reasoning: Math.min(counted.reasoning, output) }
      },
      part: (mark: Event['mark']) => {
        sent[mark] = (sent[mark] ?? 0) + 1
      },
    }
    try {
      entry.ending = await play(steps, line, witness)
    } catch (error) {
      // An answer that cannot be written, such as one nested too deeply, ends without an end.
      this.#options.log?.(`${entry.requestId} broke off: ${String(error)}`)
      line.reset()
      entry.ending = 'broken'
    }
    entry.bytesSent = line.bytesSent
    entry.endedAt = this.#now()
    const { idle } = playing?.fault ?? {}
    return idle && playing ? { what: idle, waitMs: playing.waitMs } : null
  }

  #answer(
    door: Door,
    request: Request,
    entry: OpenEntry,
    playing: Playing | null,
  ): { steps: Iterable<Step>; tokens: Entry['tokens'] } {
    const { requestId } = entry
    const nowMs = this.#now()
    const { fault, name, n, waitMs } = playing ?? noFault
    const count = (this.#counts.get(name) ?? 0) + 1
    if (fault) this.#counts.set(name, count)
    const scene: Scene = { door, request, requestId, nowMs, waitMs, n, count }
    const refusal = fault?.refuse?.(scene)
    if (refusal) {
      const steps = this.#refuse(door, refusal.problem, requestId, refusal.headers ?? {})
      return { steps, tokens: null }
    }
    if (fault?.instead) return { steps: fault.instead(scene), tokens: null }
    const world: World = {
      requestId,
      nowMs,
      seed: this.#models.seed,
      strictNulls: this.#options.strictNulls ?? false,
      id: (prefix, length) => this.#id(prefix, length),
      answer: (ask) => {
        const answer = this.#models.answer(fault?.ask?.(ask) ?? ask)
        return fault?.answer?.(answer) ?? answer
      },
      memory: this.#memory,
      objects: this.#objects,
    }
    const plain = door.answer(request, world)
    const said = fault?.said?.(plain, scene) ?? plain
    this.history.say(entry, said.text)
    const headers = { ...this.#headers(door, requestId), ...said.headers }
    const style = { ...plainStyle, ...fault?.style }
    const steps = script({ ...said, headers }, style, this.#options.speed ?? 1)
    return { steps: fault?.steps?.(steps, said, scene) ?? steps, tokens: said.tokens }
  }

  *#refuse(
    door: Door,
    error: unknown,
    requestId: string,
    headers: Readonly<Record<string, string>>,
  ): Generator<Step> {
    const problem = error instanceof Problem ? error : new Problem(500, String(error))
    const body = JSON.stringify(door.refuse(problem, requestId))
    const kind = door.refuseHeaders?.(problem)
    yield* json(problem.status, body, { ...this.#headers(door, requestId), ...kind, ...headers })
  }

  #headers(door: Door, requestId: string): Readonly<Record<string, string>> {
    return { date: new Date(this.#now()).toUTCString(), [door.requestIdHeader]: requestId }
  }

  #checkKey(key: string): void {
    const { key: right } = this.#options
    if (right === undefined || key === right) return
    if (key === '') throw new Problem(401, "You didn't provide an API key.")
    throw new Problem(401, `Incorrect API key provided: ${key.slice(0, 3)}***.`, {
      code: 'invalid_api_key',
    })
  }

  /** The request's own header rules, then the model's name, then the rules of `behave`. */
  #choose(request: Request, named: string | null): Playing | null {
    const { headers } = request
    const wished = Number(headers['x-sim-wait-ms'] ?? Number.NaN)
    const waitMs = wished >= 0 ? wished : (this.#options.waitMs ?? 200)
    const asked = headers['x-sim-fault'] ?? (named === null ? null : faultInModel(named))
    if (asked !== null) {
      const found = findFault(asked)
      if (found) return { ...found, waitMs }
      throw new Problem(404, `No fault is called ${asked}.`, { code: 'model_not_found' })
    }
    const played = this.#rules.take(named, request.key)
    return played && { ...played, waitMs: played.waitMs ?? waitMs }
  }

  /** What the control paths answer; they stand in no history. */
  *#control(asked: Asked): Generator<Step> {
    const what = `${asked.method} ${asked.path}`
    if (what === 'GET /__sim/history') {
      const after = Number(asked.query.get('after') ?? 0) || 0
      yield* json(200, JSON.stringify({ entries: this.history.after(after) }))
      return
    }
    if (what === 'POST /__sim/reset') {
      this.reset()
      yield* json(200, '{"ok":true}')
      return
    }
    if (what !== 'POST /__sim/behave') {
      yield* json(404, JSON.stringify({ error: `Nothing is at ${what}.` }))
      return
    }
    try {
      this.behave(readRule(parsed(asked.body)))
      yield* json(200, '{"ok":true}')
    } catch (error) {
      yield* json(400, JSON.stringify({ error: error instanceof Error ? error.message : '' }))
    }
  }

  #misbehaveIdle({ what, waitMs }: { what: 'close' | 'speak'; waitMs: number }, line: Line): void {
    const answered = line.requests
    setTimeout(() => {
      if (line.closed || line.busy || line.requests !== answered) return
      if (what === 'close') line.close()
      else void play(json(200, '{"unasked":true}'), line, nobody)
    }, waitMs)
  }

  #log({ id, method, path, model, fault, status, tokens, ending }: Entry, ms: number): void {
    const count = tokens
      ? `${tokens.input + tokens.cacheRead}+${tokens.output} tokens`
      : 'no tokens'
    const who = `${model ?? '-'}${fault && !model?.startsWith('fault/') ? ` as ${fault}` : ''}`
    this.#options.log?.(
      `${id} ${method} ${path} ${who} ${status ?? '-'} ${ending} ${count} ${Math.round(ms)} ms`,
    )
  }

  #id(prefix: string, length: number): string {
    this.#ids += 1
    return `${prefix}${letters(chance('id', this.#models.seed, this.#ids), length)}`
  }
}

/** Where the redirecting fault leads. */
const landing = '/__sim/landed'

const noFault = { fault: null, name: '', n: 0, waitMs: 0 }
const nobody = { head: () => {}, content: () => {}, part: () => {} }

function* json(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Generator<Step> {
  const all = { 'content-type': 'application/json', ...headers }
  yield { do: 'head', status, headers: all, framing: Buffer.byteLength(body) }
  yield { do: 'body', bytes: body, tokens: 0, content: false }
  yield { do: 'end' }
}

/** The door of a path; a path without one is refused in the words of the dialect that it looks like. */
function doorOf({ method, path }: Asked): Door {
  const there = doors.filter((door) => isAt(door, path))
  const door = there.find((candidate) => candidate.method === method)
  if (door) return door
  const words = path.startsWith('/v2/')
    ? cohereWords
    : path.startsWith('/v1/messages')
      ? anthropicWords
      : path.startsWith('/v1beta/')
        ? geminiWords
        : openaiWords
  return {
    ...words,
    method: 'POST',
    path,
    answer: () => {
      if (there.length > 0) throw new Problem(405, `Not allowed to ${method} on ${path}.`)
      throw new Problem(404, `Invalid URL (${method} ${path})`)
    },
  }
}

function isAt(door: Door, path: string): boolean {
  if (door.path.endsWith('/**')) return path.startsWith(door.path.slice(0, -2))
  if (!door.path.endsWith('/*')) return door.path === path
  const start = door.path.slice(0, -1)
  return path.startsWith(start) && !path.slice(start.length).includes('/')
}

/** A signature of Amazon's stands for the key that made it. */
function keyOf(asked: Asked, right: string | undefined): string {
  const { headers } = asked
  const access = accessKeyOf(asked)
  if (access !== null) {
    if (right === undefined) return access
    return isSignedBy({ ...asked, body: asked.bytes }, right) ? right : access
  }
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  return bearer ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['api-key'] ?? ''
}

/** Undefined when it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
