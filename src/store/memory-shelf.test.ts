import { systemClock } from '../core/clock.ts'
import { MemoryShelf } from './memory-shelf.ts'
import { shelfSuite } from './shelf.suite.ts'

shelfSuite('memory', async () => ({
  shelf: new MemoryShelf(() => systemClock.now(), 1_000_000),
  close: async () => {},
}))
