import { basename } from 'node:path'
import { countLive, type ThreadInside, threadsAsked, threadsTold } from './inside.ts'

// Read in before the code of each of a watched gateway's threads: whoever asks is told what is in it.
const asked = new BroadcastChannel(threadsAsked)
asked.addEventListener('message', () => {
  const { heapBytes, objects } = countLive()
  const inside: ThreadInside = {
    name: basename(Bun.main).replace(/\.[jt]s$/, ''),
    heapBytes,
    objects,
  }
  const told = new BroadcastChannel(threadsTold)
  told.postMessage(inside)
  told.close()
})
asked.unref()
