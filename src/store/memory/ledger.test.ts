import { redact, redactJson } from '../../privacy/redact.ts'
import { storeSuite } from '../ports.suite.ts'
import { MemoryLedger } from './ledger.ts'

storeSuite('memory', async (timeZone) => {
  const memory = new MemoryLedger(timeZone, { redact, redactJson })
  return { ledger: memory, payloads: memory, store: memory, close: () => memory.close() }
})
