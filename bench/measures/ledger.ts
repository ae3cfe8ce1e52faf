import { newCallId } from '../../src/core/ids.ts'
import type { Instant } from '../../src/core/clock.ts'
import { JournalWriter } from '../../src/store/journal/writer.ts'
import { journalFolder } from '../../src/store/folders.ts'
import { LocalStore } from '../../src/store/local.ts'
import { storeDefaults } from '../../src/store/options.ts'
import { aRecord, anIntent } from '../../src/store/rows.suite.ts'
import { atLeast, figureOf, type Measure } from './measure.ts'

/** Who asks, for whom and for what: so many combinations, as a company with some hundred customers has. */
const customers = 120
const tasks = ['support', 'classify', 'summarise', 'translate', 'search']
const batch = 1_000

/** The journal of a busy hour is written, and then brought into SQLite as fast as that goes. */
export const ledger: Measure = {
  says: 'rows a second from the journal into SQLite',
  seconds: [30, 5],
  run: async (scene) => {
    const rounds = scene.quick ? 1 : 3
    const rows = scene.quick ? 50_000 : 150_000
    const pace: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const folder = scene.scratch.sub(`ledger-${round}`)
      await write(folder, rows)
      const store = new LocalStore(folder, storeDefaults, { masker: null })
      const started = performance.now()
      // Everybody else's turn after each MiB, as on the ledger's thread.
      while (store.load(true)) await new Promise<void>((turn) => void setImmediate(turn))
      const seconds = (performance.now() - started) / 1_000
      const { rows: there } = await store.health()
      await store.close()
      if (there !== rows)
        throw new Error(`${rows} rows were written, ${there} are in the database.`)
      pace.push(rows / seconds)
      scene.tell(`round ${round} of ${rounds}`)
    }
    const freehold = figureOf(pace)
    return {
      conditions: {
        rounds,
        rows,
        journal:
          'an intent and a record for each row, ids that sort by time, 600 combinations of dimensions',
        database:
          'WAL, synchronous NORMAL, rows and roll-ups by hour and day in one transaction for each MiB of the journal',
      },
      rows: [
        {
          what: 'ledger rows in, journal to SQLite',
          unit: 'rows/s',
          goal: '>= 50,000',
          holds: atLeast(freehold, 50_000),
          figures: { freehold },
          ratio: null,
        },
      ],
    }
  },
}

async function write(folder: string, rows: number): Promise<void> {
  const writer = new JournalWriter({ folder: journalFolder(folder) })
  for (let row = 0; row < rows; row += 1) {
    const changes = {
      callId: newCallId(),
      at: (Date.now() * 1_000) as Instant,
      customer: `customer-${row % customers}`,
      task: tasks[row % tasks.length]!,
    }
    writer.intend(anIntent(changes))
    writer.append(aRecord({ ...changes, answerId: `chatcmpl-${row}` }))
    if (row % batch === 0) await writer.flushed()
  }
  await writer.close()
}
