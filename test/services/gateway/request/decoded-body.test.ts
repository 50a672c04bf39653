import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { createBodyBudget, type BodyBudget } from '../../../../services/gateway/request/body-budget.ts'
import { bodyCoding, decodedParts } from '../../../../services/gateway/request/decoded-body.ts'

const MAX_BYTES = 3_000_000
const JSON_BODY = Buffer.from(JSON.stringify({ model: 'm', text: Array.from({ length: 20_000 }, (_, n) => n) }))

const CODINGS = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync]
] as const

/** The others may decode to something else, which then is no JSON, or is what the client has sent. */
const HAS_CHECKSUM = new Set(['gzip', 'x-gzip', 'deflate'])

const halves = (bytes: Buffer) => [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)]

async function decode(pieces: Buffer[], coding: string, budget: BodyBudget = createBodyBudget(64_000_000)) {
  const parts: Buffer[] = []
  for await (const part of decodedParts(pieces, coding, { maxBytes: MAX_BYTES, budget })) {
    assert.ok(budget.usedBytes > 0)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function refused(status: number, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof GatewayError)
    assert.equal(error.status, status, error.message)
    assert.match(error.message, message)
    return true
  }
}

for (const [coding, encode] of CODINGS) {
  test(`${coding}: what is whole is decoded`, async () => {
    assert.equal(bodyCoding(` ${coding.toUpperCase()} `), coding)
    const encoded = encode(JSON_BODY)
    assert.deepEqual(await decode([encoded], coding), JSON_BODY)
    assert.deepEqual(await decode(halves(encoded), coding), JSON_BODY)
  })

  test(`${coding}: what is cut off, damaged, or followed by something else is refused, and what it took is given back`, async () => {
    const encoded = encode(JSON_BODY)
    const budget = createBodyBudget(64_000_000)
    const damaged = Buffer.from(encoded)
    damaged.fill(0xff, encoded.length >> 1, (encoded.length >> 1) + 20)
    for (const bytes of [
      encoded.subarray(0, -1),
      encoded.subarray(0, encoded.length >> 1),
      encoded.subarray(0, 1),
      Buffer.from('{"model":"m"}'),
      ...(HAS_CHECKSUM.has(coding) ? [damaged] : []),
      Buffer.concat([encoded, Buffer.from('{"model":"other"}')]),
      Buffer.concat([encoded, Buffer.alloc(1)])
    ]) {
      await assert.rejects(decode([bytes], coding, budget), refused(400, /^Failed to decode request body as/))
      await assert.rejects(decode(halves(bytes), coding, budget), refused(400, /^Failed to decode request body as/))
    }
    assert.equal(budget.usedBytes, 0)
  })

  test(`${coding}: what decodes to more than the limit is refused before it is held`, async () => {
    const budget = createBodyBudget(64_000_000)
    const bomb = encode(Buffer.alloc(MAX_BYTES + 1, 0x20))
    assert.ok(bomb.length < 10_000)
    await assert.rejects(decode([bomb], coding, budget), refused(413, /maximum size/))
    assert.equal(budget.usedBytes, 0)
    assert.equal((await decode([encode(Buffer.alloc(MAX_BYTES, 0x20))], coding)).length, MAX_BYTES)
  })

  test(`${coding}: without room in the budget nothing is decoded`, async () => {
    const budget = createBodyBudget(100_000)
    await assert.rejects(decode([encode(JSON_BODY)], coding, budget), refused(503, /Too many large requests/))
    assert.equal(budget.usedBytes, 0)
  })
}

test('several members of gzip, one after the other, are one body', async () => {
  const [one, other] = halves(JSON_BODY)
  assert.deepEqual(await decode([Buffer.concat([gzipSync(one!), gzipSync(other!)])], 'gzip'), JSON_BODY)
})

test('what a coding may refer back to is reserved', async () => {
  const reserved = async (encoded: Buffer, coding: string) => {
    const budget = createBodyBudget(64_000_000)
    const parts = decodedParts([encoded], coding, { maxBytes: MAX_BYTES, budget })
    await parts.next()
    const { usedBytes } = budget
    await parts.return()
    assert.equal(budget.usedBytes, 0)
    return usedBytes
  }
  const brotli = (bits: number) => brotliCompressSync(JSON_BODY, { params: { [constants.BROTLI_PARAM_LGWIN]: bits } })
  const zstd = (bits: number) => zstdCompressSync(JSON_BODY, { params: { [constants.ZSTD_c_windowLog]: bits } })
  for (const bits of [10, 16, 17, 20, 24]) {
    const bytes = await reserved(brotli(bits), 'br')
    assert.ok(bytes >= 2 ** bits && bytes < 2 ** bits + 1_000_000, `${bits}: ${bytes}`)
    assert.deepEqual(await decode([brotli(bits)], 'br'), JSON_BODY)
  }
  for (const bits of [10, 14, 20]) {
    const bytes = await reserved(zstd(bits), 'zstd')
    assert.ok(bytes >= Math.min(2 ** bits, JSON_BODY.length) && bytes < 2_000_000, `${bits}: ${bytes}`)
    assert.deepEqual(await decode([zstd(bits)], 'zstd'), JSON_BODY)
  }
})

test('codings that are not the API’s are refused, and none is none', async () => {
  for (const coding of ['compress', '__proto__', 'gzip, gzip', 'deflate-raw']) {
    assert.throws(() => bodyCoding(coding), refused(400, /content-encoding/))
  }
  for (const none of [undefined, '', ' ', 'identity', 'Identity']) assert.equal(bodyCoding(none), null)
  await assert.rejects(decode([deflateRawSync(JSON_BODY)], 'deflate'), refused(400, /decode/))
})
