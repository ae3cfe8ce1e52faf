import { providerUnreachable } from '../../core/errors.ts'
import { SocketUpstream } from '../../gateway/upstream/socket-upstream.ts'
import type { Upstream, UpstreamRequest } from '../../gateway/upstream/upstream.ts'
import { SimulatorThread } from '../threads.ts'
import { simulatedHost } from './config.ts'

/** Which of the simulator's models speaks for a vendor's: the cheap ones for the quick. */
const stands: readonly (readonly [part: string, model: string])[] = [
  ['haiku', 'medium'],
  ['sonnet', 'large'],
  ['kimi', 'large'],
  ['flash', 'medium'],
  ['mini', 'reasoner'],
]

/** Answers in the place of the demo's vendors, and lets no call leave the machine. */
export class DemoUpstream implements Upstream {
  readonly #simulator = new SimulatorThread()
  readonly #upstream = new SocketUpstream()

  async open(request: UpstreamRequest) {
    const { hostname, pathname, search } = new URL(request.url)
    if (!hostname.endsWith(`.${simulatedHost}`)) {
      // What the gateway's own simulator is asked stays here as well; an address that was edited in is not asked.
      if (hostname === '127.0.0.1') return this.#upstream.open(request)
      throw providerUnreachable(request.provider, 'the demo asks nobody outside of this machine')
    }
    const base = await this.#simulator.address()
    const url = base + pathname.replace(/^\/v1/, '') + search
    return this.#upstream.open({ ...request, url, body: inItsWords(request.body) })
  }

  close(): void {
    this.#upstream.close()
    this.#simulator.stop()
  }
}

/** The simulator knows its own models alone. */
function inItsWords(body: string | Uint8Array): string | Uint8Array {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString()
  try {
    const call = JSON.parse(text) as { model?: unknown }
    if (typeof call.model !== 'string') return body
    const { model } = call
    const own = stands.find(([part]) => model.includes(part))?.[1] ?? 'small'
    return JSON.stringify({ ...call, model: own })
  } catch {
    return body
  }
}
