// Writes freehold.schema.json, by which editors complete and check freehold.yaml.
//   bun scripts/schema.ts
import { join } from 'node:path'
import { jsonSchema } from '../src/config/json-schema.ts'

const file = join(import.meta.dir, '..', 'freehold.schema.json')
await Bun.write(file, `${JSON.stringify(jsonSchema(), null, 2)}\n`)
console.log(`Wrote ${file}`)
