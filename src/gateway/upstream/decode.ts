import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { providerFailed } from '../../core/errors.ts'
import { answerBytesMax } from './upstream.ts'

const unzip = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
}

/**
 * Asked for as it is, and yet some compress. Not in the way of others: a few kilobytes may hold a thousand
 * times as much. @throws provider_failed
 */
export async function decode(
  provider: string,
  bytes: Uint8Array,
  encoding: string,
): Promise<Uint8Array> {
  if (bytes.length === 0) return bytes
  const limit = { maxOutputLength: answerBytesMax }
  try {
    switch (encoding.toLowerCase()) {
      case '':
      case 'identity':
        return bytes
      case 'gzip':
      case 'x-gzip':
        return await unzip.gzip(bytes, limit)
      case 'deflate':
        return await unzip.deflate(bytes, limit)
      case 'br':
        return await unzip.br(bytes, limit)
      default:
        throw new Error(`nobody asked for ${encoding.slice(0, 40)}`)
    }
  } catch (error) {
    throw providerFailed(provider, 'its answer is compressed and broken').because(error)
  }
}
