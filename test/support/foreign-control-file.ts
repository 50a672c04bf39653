/** CRC-32C, with which Postgres guards its control file. */
function crc32c(bytes: Buffer): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1))
  }
  return ~crc >>> 0
}

/**
 * The control file of a database as one whose server was made for 32 bits has it, as the old embedded database did: there an
 * eight-byte float does not fit into a register. Behind the fields and the float that tells the format comes the word on that.
 */
export function foreignControlFile(control: Buffer): Buffer {
  const changed = Buffer.from(control)
  const crcAt = findChecksum(changed)
  const format = Buffer.alloc(8)
  format.writeDoubleLE(1234567)
  const float8ByValAt = changed.indexOf(format) + format.length + 8 * 4
  changed[float8ByValAt] = 0
  changed.writeUInt32LE(crc32c(changed.subarray(0, crcAt)), crcAt)
  return changed
}

function findChecksum(control: Buffer): number {
  for (let at = 200; at < 512; at += 4) if (crc32c(control.subarray(0, at)) === control.readUInt32LE(at)) return at
  throw new Error('the control file has no checksum')
}
