/** Compressing costs something however little it is: below this it is left. */
const packMin = 1024
const zstdMagic = 0xfd_2f_b5_28

/** Compressed where that makes it smaller. Neither text nor a manifest begins as zstd does. */
export function packed(bytes: Buffer): Uint8Array {
  if (bytes.length < packMin) return bytes
  const small = Bun.zstdCompressSync(bytes)
  return small.length < bytes.length ? small : bytes
}

export function unpacked(stored: Uint8Array): Buffer {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length)
  const isZstd = bytes.length > 4 && bytes.readUInt32LE(0) === zstdMagic
  return isZstd ? Bun.zstdDecompressSync(bytes) : bytes
}
