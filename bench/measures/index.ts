import { aborts } from './aborts.ts'
import { bodies } from './bodies.ts'
import { dashboard } from './dashboard.ts'
import { economics } from './economics.ts'
import { events } from './events.ts'
import { latency } from './latency.ts'
import { ledger } from './ledger.ts'
import type { Measure } from './measure.ts'
import { memory } from './memory.ts'
import { objects } from './objects.ts'
import { openStreams } from './open-streams.ts'
import { pace } from './pace.ts'
import { page } from './page.ts'
import { plain } from './plain.ts'

/** In the order in which they run and stand in the table. */
export const measures = {
  plain,
  objects,
  latency,
  pace,
  events,
  'open-streams': openStreams,
  aborts,
  bodies,
  memory,
  ledger,
  page,
  economics,
  dashboard,
} satisfies Record<string, Measure>
