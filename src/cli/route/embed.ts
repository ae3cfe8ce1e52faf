import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { httpEmbedder } from '../../compose/http-caller.ts'
import { CallFailed, type Embedder } from '../../core/caller.ts'
import { times, usdText } from '../../core/money.ts'
import { type Embedding, quantised, textToEmbed } from '../../routing/calibrated/neighbours.ts'
import type { Row } from '../../routing/calibrated/table.ts'
import { CommandError, type Context } from '../command.ts'
import { agreed } from '../eval/consent.ts'
import { knownModels } from '../eval/models.ts'
import { reach, type Reached } from '../eval/reach.ts'
import { grouped, printable } from '../print.ts'

/** What engines take at once that are set to no more than they need, as text-embeddings-inference is. */
const batchSize = 32
const atOnce = 4
const triesMax = 5
const pauseMs = 500
/** Characters that a token has on average, in English and in code. */
const charactersPerToken = 4

/**
 * The rows with an embedding of each prompt, asked of the gateway as any client would. What was asked once is kept, so
 * that a second run costs nothing, and one that was stopped goes on.
 * @param model  null: none is asked, and the rows are given as they are
 * @returns null when whoever was asked did not agree
 * @throws CommandError, UsageError
 */
export async function withEmbeddings(
  context: Context,
  model: string | null,
  rows: readonly Row[],
): Promise<readonly Row[] | null> {
  if (model === null) return rows
  const gateway = await reach(context)
  try {
    const kept = new VectorFile(gateway.folder, model)
    const texts = [...new Set(rows.map(({ prompt }) => textToEmbed(prompt)))]
    const fresh = texts.filter((text) => kept.get(text) === undefined)
    if (fresh.length > 0) {
      if (!(await agreesTo(context, gateway, model, fresh, texts.length - fresh.length)))
        return null
      await askAll(context, httpEmbedder(gateway, 'route'), model, fresh, kept)
    }
    const found = rows.map((row) => ({ ...row, embedding: kept.get(textToEmbed(row.prompt))! }))
    const widths = new Set(found.map(({ embedding }) => embedding.vector.length))
    if (widths.size > 1)
      throw new CommandError(
        `${model} gave vectors of different lengths, ${[...widths].join(' and ')}: it was changed in between. Delete ${kept.path} and run the same again.`,
      )
    return found
  } finally {
    await gateway.close()
  }
}

/** Of one prompt, for an explanation. @throws CommandError */
export async function vectorOf(
  context: Context,
  model: string,
  prompt: string,
): Promise<Int8Array | null> {
  const rows = await withEmbeddings(context, model, [{ id: '', prompt, results: new Map() }])
  return rows?.[0]?.embedding?.vector ?? null
}

async function agreesTo(
  context: Context,
  gateway: Reached,
  model: string,
  fresh: readonly string[],
  keptCount: number,
): Promise<boolean> {
  const known = await knownModels(gateway, [model])
  const characters = fresh.reduce((sum, text) => sum + text.length, 0)
  const tokens = Math.ceil(characters / charactersPerToken)
  const rate = known.prices(model)?.input ?? null
  const cost = rate === null ? null : times(rate, tokens)
  const { print, json } = context
  if (!json) {
    const price = cost === null ? 'of a price that is not known' : `about $${usdText(cost)}`
    print.err(
      `Embedding ${grouped(fresh.length)} prompts by ${printable(model)}: about ${grouped(tokens)} tokens, ${price}.${keptCount > 0 ? ` ${grouped(keptCount)} are kept from before.` : ''}`,
    )
    if (gateway.own)
      print.err('No gateway runs, so this command serves one for as long as it takes.')
  }
  const estimate = {
    model,
    calls: Math.ceil(fresh.length / batchSize),
    kept: keptCount,
    inputTokens: tokens,
    outputTokens: 0,
    outputBy: 'assumption',
    cost,
    seconds: null,
  } as const
  if (await agreed(context, [estimate])) return true
  print.out('Nothing was asked.')
  return false
}

async function askAll(
  { signal }: Context,
  embed: Embedder,
  model: string,
  texts: readonly string[],
  kept: VectorFile,
): Promise<void> {
  const batches = Array.from({ length: Math.ceil(texts.length / batchSize) }, (_, index) =>
    texts.slice(index * batchSize, (index + 1) * batchSize),
  )
  let next = 0
  const work = async (): Promise<void> => {
    while (next < batches.length) {
      const batch = batches[next]!
      next += 1
      await askBatch(embed, model, batch, kept, signal)
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, work))
  } catch (error) {
    next = batches.length
    if (signal.aborted)
      throw new CommandError(
        'Stopped before the end; nothing was written. What was embedded is kept: run the same again to go on.',
      )
    if (error instanceof CallFailed)
      throw new CommandError(
        `${model} did not embed the prompts: ${error.message} What was embedded is kept: run the same again to go on.`,
      )
    throw error
  }
}

/** @throws CallFailed, CommandError */
async function askBatch(
  embed: Embedder,
  model: string,
  batch: readonly string[],
  kept: VectorFile,
  signal: AbortSignal,
): Promise<void> {
  const { vectors, cost } = await patiently(() => embed(model, batch, signal), signal)
  if (cost === null)
    throw new CommandError(
      `What ${model} costs is not known, so no saving can be told. Name its price under prices in freehold.yaml.`,
    )
  const whole = batch.reduce((sum, text) => sum + text.length, 0)
  for (const [index, text] of batch.entries()) {
    const vector = quantised(vectors[index] ?? [])
    if (vector === null)
      throw new CommandError(
        `${model} gave no vector for a prompt of ${text.length} characters. Take another embeddings model.`,
      )
    const costUsd = (Number(usdText(cost)) * text.length) / whole
    kept.put(text, { vector, costUsd })
  }
}

async function patiently<Value>(ask: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof CallFailed) || !mayPass(error)) throw error
      if (tries >= triesMax || signal.aborted) throw error
      await Bun.sleep(error.waitMs ?? pauseMs * 2 ** (tries - 1))
      signal.throwIfAborted()
    }
  }
}

function mayPass({ status, code }: CallFailed): boolean {
  // A budget that is spent is not refilled by waiting.
  if (code === 'budget_spent') return false
  return status === null || status === 429 || status === 503 || status === 529
}

/** Vectors on the disk, a line each: of prompts no more than a hash, of vectors what a policy keeps of them. */
class VectorFile {
  readonly path: string
  readonly #known = new Map<string, Embedding>()

  constructor(folder: string, model: string) {
    this.path = join(folder, 'route', `embeddings-${hashOf(model)}.jsonl`)
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
    const lines = linesOf(this.path)
    // A crash cut the last line off: what comes next must not be glued to it.
    if ((lines.at(-1) ?? '') !== '') appendFileSync(this.path, '\n')
    for (const line of lines) {
      const entry = entryOf(line)
      if (entry !== null) this.#known.set(entry.key, entry)
    }
  }

  get(text: string): Embedding | undefined {
    return this.#known.get(hashOf(text))
  }

  put(text: string, { vector, costUsd }: Embedding): void {
    const key = hashOf(text)
    this.#known.set(key, { vector, costUsd })
    const line = JSON.stringify({ key, vector: Buffer.from(vector).toString('base64'), costUsd })
    appendFileSync(this.path, `${line}\n`, { mode: 0o600 })
  }
}

function hashOf(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, 32)
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}

/** Null for a line that a crash cut off. */
function entryOf(line: string): ({ readonly key: string } & Embedding) | null {
  if (line === '') return null
  try {
    const { key, vector, costUsd } = JSON.parse(line) as Record<string, unknown>
    if (typeof key !== 'string' || typeof vector !== 'string' || typeof costUsd !== 'number')
      return null
    return { key, vector: new Int8Array(Buffer.from(vector, 'base64')), costUsd }
  } catch {
    return null
  }
}
