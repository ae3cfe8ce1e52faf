import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { awsFrame } from '../../simulator/aws-frame.ts'
import * as traffic from '../../src/conformance/traffic.ts'
import type { Provider } from '../../src/providers/provider.ts'

export type { Exchange, Out, Shows } from '../../src/conformance/traffic.ts'

/** Kinds of exchanges that are owed by everyone who chats, or explained. */
export const owed = ['plain', 'stream', 'tools', 'reasoning', 'cached', 'rate', 'cut'] as const

const folder = join(import.meta.dir, '..', '..', 'simulator', 'traffic')

/** Null without a file. */
export function trafficOf(provider: Provider): traffic.Traffic | null {
  return traffic.trafficOf(provider, read)
}

function read(id: string): traffic.Traffic | null {
  const file = join(folder, `${id}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as traffic.Traffic) : null
}

/** The bytes of a response's body, with frames by the simulator's own hand. */
export function bytesOf(response: traffic.RecordedResponse): Uint8Array {
  return traffic.bytesOf(response, awsFrame)
}
