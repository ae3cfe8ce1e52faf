/**
 * Bedrock's Converse as JSON. Types for what is written; what is read is unknown until it was looked at.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11-22)
 */
import type { CacheMark, Extra } from '../../core/call.ts'
import { readTtl } from '../cache-marks.ts'
import { isObject } from '../fields.ts'

/** Of messages, of tool results and of answers: an object with one member, named by its kind. */
export type WireBlock = Extra

export interface WireMessage {
  readonly role: 'user' | 'assistant'
  readonly content: readonly WireBlock[]
}

export interface WireUsage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly totalTokens: number
  readonly cacheReadInputTokens: number
  readonly cacheWriteInputTokens: number
  readonly cacheDetails?: readonly { readonly ttl: '5m' | '1h'; readonly inputTokens: number }[]
}

/** How long the model took is the provider's to know, so `metrics` stays out where it is not. */
export interface WireAnswer {
  readonly output: { readonly message: WireMessage }
  readonly stopReason: string | null
  readonly usage?: WireUsage
}

/** Which kind of block it is: its first member that says something. Some models add a `type` beside it. */
export function kindOf(block: WireBlock): string {
  return Object.keys(block).find((name) => block[name] !== null && name !== 'type') ?? ''
}

/** The block behind whatever is to be cached. */
export function writePoint({ ttl }: CacheMark): WireBlock {
  return { cachePoint: { type: 'default', ...(ttl === null ? {} : { ttl }) } }
}

export function readPoint(block: WireBlock): CacheMark | null {
  const { cachePoint: point } = block
  return isObject(point) ? { ttl: readTtl(point['ttl']) } : null
}

/** Media types of the formats that documents and pictures come in. */
export const imageTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
}

export const documentTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  html: 'text/html',
  txt: 'text/plain',
  md: 'text/markdown',
}

/** The format of a media type, as it stands in one of the tables above; null when it is not there. */
export function formatOf(
  types: Readonly<Record<string, string>>,
  mediaType: string,
): string | null {
  const [plain = ''] = mediaType.toLowerCase().split(';')
  const found = Object.keys(types).find((format) => types[format] === plain.trim())
  return found ?? (plain.trim() === 'image/jpg' && types === imageTypes ? 'jpeg' : null)
}
