/** Reads a body up to a number of bytes, in which it may end; null for a longer one, whose stream is destroyed. */
export async function readAtMost(body: AsyncIterable<Buffer>, mostBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    // Leaving the loop destroys the stream.
    if (bytes > mostBytes) return null
  }
  return Buffer.concat(chunks)
}
