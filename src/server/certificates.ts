import { isoText } from '../core/clock.ts'
import { invalidRequest } from '../core/errors.ts'
import type { ApiKey } from '../gateway/pipeline/snapshot.ts'
import { brokenLink, type CertificateRow } from '../store/certificate.ts'
import type { Asked } from './asked.ts'
import type { CertificateJson, CertificatesJson } from './contract/certificates.ts'
import type { Control } from './control.ts'

/** Swaps that rest on a proof: each is a link of a chain in the store. */

interface ProvenSwap {
  readonly task: string
  readonly models: readonly string[]
  readonly proof: unknown
}

/** What a link of the chain holds besides its place in it. */
type Body = Pick<CertificateJson, 'who' | 'models' | 'config' | 'proof'>

/**
 * Swaps, and keeps on what it rests. Without its certificate the swap is taken back.
 * @throws invalid_request, also when the task is no longer what was measured; RangeError
 */
export async function swapWithProof(
  control: Control,
  key: ApiKey,
  { task, models, proof }: ProvenSwap,
): Promise<unknown> {
  const measured = proofOf(proof)
  const before = modelsOf(control, task)
  if (!Bun.deepEquals([...before], measured['before']))
    throw invalidRequest(
      `${task} is answered by ${before.join(', ') || 'nobody'} now, and something else was measured. Measure again: freehold swap ${task} ${models.join(' ')} --prove FILE`,
    ).at('proof')
  const hashBefore = control.snapshot().hash
  const swapped = await control.swap(task, models)
  const body: Body = {
    who: key.id,
    models: swapped,
    config: { before: hashBefore, after: control.snapshot().hash },
    proof: measured,
  }
  try {
    const at = control.clock.now()
    const row = await control.store.addCertificate({ at, task, body: JSON.stringify(body) })
    return { ...swapped, certificate: certificateJson(row) }
  } catch (error) {
    await control.swap(task, swapped.before)
    throw error
  }
}

export async function listCertificates({ control, query }: Asked): Promise<CertificatesJson> {
  const chain = await control.store.certificates()
  const task = query.get('task')
  return {
    certificates: chain
      .filter((row) => task === null || row.task === task)
      .toReversed()
      .map(certificateJson),
    broken_at: brokenLink(chain),
  }
}

function certificateJson({ seq, at, task, body, previous, hash }: CertificateRow): CertificateJson {
  return { seq, at: isoText(at), task, ...(JSON.parse(body) as Body), previous, hash }
}

const proofMax = 200_000

function proofOf(proof: unknown): Readonly<Record<string, unknown>> {
  if (typeof proof !== 'object' || proof === null || Array.isArray(proof))
    throw invalidRequest("'proof' has to be an object that says what was measured.").at('proof')
  if (JSON.stringify(proof).length > proofMax)
    throw invalidRequest(`'proof' may have ${proofMax} characters.`).at('proof')
  return proof as Readonly<Record<string, unknown>>
}

function modelsOf(control: Control, task: string): readonly string[] {
  const candidates = control.snapshot().tasks.get(task)?.candidates ?? []
  return candidates.map(({ provider, model }) => `${provider}/${model}`)
}
