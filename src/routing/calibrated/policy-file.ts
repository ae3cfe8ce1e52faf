import type { Head } from './head.ts'
import { completed, type Neighbours, verdictNames } from './neighbours.ts'
import type { Routed, Rule } from './rule.ts'
import type { Part, Scorer } from './scorer.ts'
import { signalNames } from './signals.ts'
import { dimension } from './words.ts'

/** A policy as it is kept: text in, a rule out, and back. What a policy file says beside its rule is for people. */

export const policyVersion = 1
/** How words become places; a policy of another kind of hash would read noise. */
const hashName = 'fnv1a-15'

export class PolicyFault extends Error {
  override readonly name = 'PolicyFault'
}

/** The rule as JSON. */
export function writeRule(rule: Rule): object {
  if (rule.method === 'static') return { method: rule.method, model: rule.model }
  return {
    method: rule.method,
    cheap: rule.cheap,
    second: rule.second,
    strong: rule.strong,
    threshold: rule.threshold,
    ...writeNeighbours(rule.scorer?.neighbours ?? rule.direct?.scorer.neighbours ?? null),
    scorer: rule.scorer === null ? null : writeScorer(rule.scorer),
    direct:
      rule.direct === null
        ? null
        : { threshold: rule.direct.threshold, scorer: writeScorer(rule.direct.scorer) },
  }
}

/** Once, whoever of the rule's scorers goes by them. */
function writeNeighbours(neighbours: Neighbours | null): object {
  if (neighbours === null) return {}
  const { model, ids, vectors, folds, cheap, strong } = neighbours
  return {
    neighbours: {
      model,
      ids,
      vectors: Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength).toString(
        'base64',
      ),
      folds: [...folds],
      cheap: [...cheap],
      strong: [...strong],
    },
  }
}

function writeScorer({ reads, goal, thrift, seed, parts }: Scorer): object {
  return {
    hash: hashName,
    reads,
    goal,
    thrift,
    seed,
    features: featuresOf(reads),
    parts: parts.map(({ head, dense, cost }) => ({
      bias: dense.bias,
      weights: [...dense.weights],
      head: head === null ? null : writeHead(head),
      cost: cost === null ? null : writeHead(cost),
    })),
  }
}

/** What the few weights beside the words stand for. */
function featuresOf({ answer, second, keys, neighbours }: Scorer['reads']): string[] {
  return [
    'length of the prompt',
    ...(answer ? signalNames(keys) : []),
    ...(second ? ['the second model agrees', 'the second answer cannot be compared'] : []),
    ...(neighbours ? verdictNames : []),
  ]
}

function writeHead({ bias, weights }: Head): object {
  const bytes = Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength)
  return { bias, weights: bytes.toString('base64') }
}

/** @throws PolicyFault with a sentence */
export function readRule(value: unknown): Rule {
  const rule = recordOf(value, 'its rule')
  const { method } = rule
  if (method === 'static') return { method, model: textOf(rule['model'], 'the model') }
  if (!isRouted(method)) throw new PolicyFault(`it has no method that this version knows`)
  const { second, scorer, direct } = rule
  const near = rule['neighbours'] === undefined ? null : readNeighbours(rule['neighbours'])
  const whole: Routed = {
    method,
    cheap: textOf(rule['cheap'], 'the cheap model'),
    strong: textOf(rule['strong'], 'the strong model'),
    second: second === null ? null : textOf(second, 'the second model'),
    threshold: numberOf(rule['threshold'], 'the threshold'),
    scorer: scorer === null ? null : readScorer(scorer, near),
    direct: direct === null ? null : readDirect(direct, near),
  }
  if (whole.scorer === null && method !== 'agreement')
    throw new PolicyFault('it has no weights for its method')
  if (whole.second === null && (method === 'agreement' || whole.scorer?.reads.second === true))
    throw new PolicyFault('it compares with a second model and names none')
  return whole
}

function isRouted(method: unknown): method is Routed['method'] {
  return ['prompt-route', 'cascade', 'agreement', 'combined'].includes(method as string)
}

function readDirect(value: unknown, near: Neighbours | null): Routed['direct'] {
  const { scorer, threshold } = recordOf(value, 'direct')
  return {
    scorer: readScorer(scorer, near),
    threshold: numberOf(threshold, 'the threshold of direct'),
  }
}

function readScorer(value: unknown, near: Neighbours | null): Scorer {
  const { hash, reads, goal, thrift, seed, parts } = recordOf(value, 'its scorer')
  if (hash !== hashName)
    throw new PolicyFault(`its words are hashed in a way that this version does not know`)
  const { words, answer, second, keys, neighbours } = recordOf(reads, 'what its scorer reads')
  if (goal !== 'benefit' && goal !== 'cheap-wrong') throw new PolicyFault('it has no known goal')
  if (!Array.isArray(parts) || parts.length !== 3)
    throw new PolicyFault('its scorer has not three parts')
  const names = Array.isArray(keys) ? keys.map((key) => textOf(key, 'a confidence')) : []
  const read = {
    words: words === true,
    answer: answer === true,
    second: second === true,
    keys: names,
    neighbours: neighbours === true,
  }
  if (read.neighbours && near === null) throw new PolicyFault('it goes by neighbours and has none')
  const width = featuresOf(read).length
  return {
    reads: read,
    goal,
    thrift: numberOf(thrift, 'its thrift'),
    seed: numberOf(seed, 'its seed'),
    parts: parts.map((part) => readPart(part, width)),
    neighbours: read.neighbours ? near : null,
  }
}

function readNeighbours(value: unknown): Neighbours {
  const { model, ids, vectors, folds, cheap, strong } = recordOf(value, 'its neighbours')
  if (!Array.isArray(ids) || ids.length === 0) throw new PolicyFault('its neighbours have no ids')
  const names = ids.map((id) => textOf(id, 'the id of a neighbour'))
  const bytes = new Uint8Array(
    Buffer.from(textOf(vectors, 'the vectors of its neighbours'), 'base64'),
  )
  if (bytes.length === 0 || bytes.length % names.length !== 0)
    throw new PolicyFault(`${bytes.length} bytes of vectors are not for ${names.length} neighbours`)
  const numbers = (list: unknown, what: string, most: number): number[] => {
    if (!Array.isArray(list) || list.length !== names.length)
      throw new PolicyFault(`its neighbours have not ${names.length} ${what}`)
    const read = list.map((each) => numberOf(each, what))
    if (read.some((each) => each < 0 || each > most))
      throw new PolicyFault(`the ${what} of its neighbours are not between 0 and ${most}`)
    return read
  }
  return completed({
    model: textOf(model, 'the embeddings model'),
    ids: names,
    vectors: new Int8Array(bytes.buffer),
    folds: Uint8Array.from(numbers(folds, 'folds', 2)),
    cheap: Float32Array.from(numbers(cheap, 'scores of the cheap model', 1)),
    strong: Float32Array.from(numbers(strong, 'scores of the strong model', 1)),
  })
}

function readPart(value: unknown, width: number): Part {
  const { bias, weights, head, cost } = recordOf(value, 'a part of its scorer')
  if (!Array.isArray(weights) || weights.length !== width)
    throw new PolicyFault(`a part of its scorer has not the ${width} weights of what it reads`)
  return {
    dense: {
      bias: numberOf(bias, 'a bias'),
      weights: Float64Array.from(weights, (weight) => numberOf(weight, 'a weight')),
    },
    head: head === null ? null : readHead(head),
    cost: cost === null ? null : readHead(cost),
  }
}

function readHead(value: unknown): Head {
  const { bias, weights } = recordOf(value, 'a head')
  const bytes = Buffer.from(textOf(weights, 'the weights of a head'), 'base64')
  if (bytes.length !== 4 * dimension)
    throw new PolicyFault(
      `the weights of a head are ${bytes.length} bytes long, not ${4 * dimension}`,
    )
  const copy = new Uint8Array(bytes)
  const read = new Float32Array(copy.buffer)
  if (read.some((weight) => !Number.isFinite(weight)))
    throw new PolicyFault('the weights of a head are no numbers')
  return { bias: numberOf(bias, 'the bias of a head'), weights: read }
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw new PolicyFault(`${what} is no object`)
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new PolicyFault(`${what} is no text`)
}

function numberOf(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new PolicyFault(`${what} is no number`)
}
