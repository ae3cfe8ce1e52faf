import { type GatewayError, providerFailed } from '../../core/errors.ts'
import {
  answerBytesMax,
  blank,
  drainBytesMax,
  drainMs,
  type Exchange,
  type UpstreamRequest,
} from './upstream.ts'

/**
 * What is left of an answer, behind what was `begun`.
 * @throws as `Exchange.read` does, and provider_failed when it is too long
 */
export async function readWhole(
  exchange: Exchange,
  provider: string,
  begun: Uint8Array | null,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for (let part = begun ?? (await exchange.read()); part !== null; part = await exchange.read()) {
    if (exchange.clocks.isRunning('first_content') && part.some((byte) => byte > blank))
      exchange.clocks.stop('first_content')
    parts.push(part)
    length += part.length
    if (length > answerBytesMax) {
      exchange.cancel()
      throw providerFailed(provider, `its answer is longer than ${answerBytesMax / 1_000_000} MB`)
    }
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

/** Reads to the end, of which not much may be left; what does not end soon is cancelled. Throws nothing. */
export async function drainBounded(exchange: Exchange): Promise<void> {
  const limit = setTimeout(cancel, drainMs, exchange)
  limit.unref()
  try {
    for (let bytes = 0; bytes <= drainBytesMax;) {
      const part = await exchange.read()
      if (part === null) return
      bytes += part.length
    }
    exchange.cancel()
  } catch {
    // the answer was whole before this
  } finally {
    clearTimeout(limit)
  }
}

function cancel(exchange: Exchange): void {
  exchange.cancel()
}

/** What reading an answer comes to after `cancel`: its end would be taken for the provider's. */
export function givenUp({ provider, departure }: UpstreamRequest): GatewayError {
  return departure.reason ?? providerFailed(provider, 'its answer was given up before its end')
}
