import { join } from 'node:path'
import { InForce } from '../config/in-force.ts'
import { systemClock } from '../core/clock.ts'
import type { BatchFacts } from '../gateway/objects/batches/facts.ts'
import { Objects } from '../gateway/objects/objects.ts'
import type { Parts } from '../gateway/pipeline/parts.ts'
import { batchDialects } from '../server/routes.ts'
import { Documents } from '../store/files/documents.ts'
import { KeptFiles } from '../store/files/kept-files.ts'

/** Files take longer to arrive than questions: so many times the limit of a body. */
export const uploadPatience = 10

export async function openObjects(
  parts: Parts,
  folder: string,
  inForce: InForce,
  onFault: (error: unknown, subject: string) => void,
): Promise<Objects> {
  const { files } = inForce.current.settings
  const limits = { bytesMax: files.totalMax }
  return new Objects({
    parts,
    kept: await KeptFiles.open(join(folder, 'files'), limits, systemClock),
    documents: await Documents.open<BatchFacts>(join(folder, 'files', 'batches')),
    dialects: batchDialects(),
    settings: () => {
      const { settings } = inForce.current
      return { ...settings.batches, keepMs: settings.files.keepMs }
    },
    onFault,
  })
}
