import { writeSync } from 'node:fs'
import { systemClock } from '../core/clock.ts'
import { newCallId } from '../core/ids.ts'
import { startStore } from '../store/embedded.ts'
import { anIntent, aRecord } from '../store/rows.suite.ts'

/**
 * A gateway that is killed: it books calls as fast as it can, eight at a time, and says 'begun <id>'
 * and 'ended <id>' on stdout when the ledger has acknowledged an intent or a record, until somebody
 * ends it.
 *   bun victim.suite.ts <folder>
 */
const { ledger } = await startStore({
  folder: process.argv[2]!,
  spawn: () => new Worker(new URL('ledger.ts', import.meta.url)),
})

async function callForEver(): Promise<void> {
  for (;;) {
    const callId = newCallId()
    const at = systemClock.now()
    ledger.intend(anIntent({ callId, at }))
    await ledger.flushed()
    writeSync(1, `begun ${callId}\n`)
    await Bun.sleep(Math.random() * 3)
    ledger.append(aRecord({ callId, at }))
    await ledger.flushed()
    writeSync(1, `ended ${callId}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, callForEver))
