import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { lineOf, packBackup, readBackup } from '../../../../services/operations/backup/backup-file.ts'
import { END_OF_ROWS, type BackupHeader, type BackupTable } from '../../../../services/operations/backup/backup-lines.ts'
import { readInPassing } from '../../../../services/operations/backup/read-in-passing.ts'

const HEADER: BackupHeader = {
  format: 'sluice-backup',
  version: 2,
  created_at: '2026-11-25T08:00:00.000Z',
  postgres: '18.1',
  migrations: [{ name: '0001-foundation.sql', checksum: 'c', applied_at: '2026-11-01T00:00:00.000Z' }]
}

interface Copied {
  table: BackupTable
  /** As COPY writes them, each with its line feed. */
  rows: string[]
}

const TABLES: Copied[] = [
  { table: { table: 'groups', columns: ['id', 'name'], next_ids: { id: '2' } }, rows: ['1\tdefault\n', '2\tpro\n'] },
  { table: { table: 'users', columns: ['id', 'email'] }, rows: [] },
  {
    table: { table: 'usage_events', columns: ['id'], partitions: ['2026-11-01T00:00:00.000Z'] },
    rows: ['a\\\\.\n', '\\\\.\n', '\n']
  }
]

const textOf = (tables: readonly Copied[], header: object = HEADER) =>
  Buffer.concat([
    lineOf(header as BackupHeader),
    ...tables.flatMap(({ table, rows }) => [lineOf(table), Buffer.from(rows.join('')), Buffer.from(END_OF_ROWS)])
  ])

/** In chunks of these lengths, over and over. */
function* inChunks(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let [at, turn] = [0, 0]; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1
    yield bytes.subarray(at, at + length)
    at += length
  }
}

const streamOf = (bytes: Buffer, lengths: readonly number[] = [64 * 1024]) => Readable.from(inChunks(bytes, lengths))
const pack = (text: Buffer, lengths?: readonly number[]) => buffer(packBackup(streamOf(text, lengths)))

async function unpack(file: Buffer, lengths?: readonly number[]): Promise<Copied[]> {
  const tables: Copied[] = []
  await readBackup(streamOf(file, lengths), async (table, chunks) => {
    const rows = await buffer(chunks)
    tables.push({ table, rows: rows.toString().match(/[^\n]*\n/g) ?? [] })
  })
  return tables
}

const refused = (file: Buffer, message: RegExp, what: string) =>
  assert.rejects(unpack(file), { name: 'BackupFileError', message }, what)

await suite('the file of a backup', async () => {
  test('brings back every row, however the bytes come', async () => {
    const cell = fc.oneof(
      fc.constantFrom('\\\\.', '\\\\', '\\N', '', '\\.x', '{"sha256":"x"}', 'é', 'x'.repeat(5000)),
      fc.string()
    )
    // COPY writes control characters and backslashes with a backslash before them.
    const row = fc
      .array(cell, { minLength: 1 })
      .map((cells) => cells.map((text) => text.replaceAll(/[\n\r\t]/g, '\\n')).join('\t'))
    const rows = fc.array(row.filter((text) => text !== '\\.').map((text) => `${text}\n`))
    const lengths = fc.array(fc.integer({ min: 1, max: 7000 }), { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(fc.array(rows), lengths, async (all, lengths) => {
        const tables = all.map((rows, index) => ({ table: { table: `table_${index}`, columns: ['a'] }, rows }))
        assert.deepEqual(await unpack(await pack(textOf(tables), lengths), lengths), tables)
      }),
      { numRuns: 60 }
    )
  })

  test('says what is in it', async () => {
    const content = await readBackup(streamOf(await pack(textOf(TABLES))), async (_table, rows) => void (await buffer(rows)))
    assert.deepEqual(content, {
      ...HEADER,
      rows: 5,
      tables: new Map([
        ['groups', 2],
        ['users', 0],
        ['usage_events', 3]
      ])
    })
  })

  test('cut off anywhere is refused', async () => {
    const file = await pack(textOf(TABLES))
    for (let length = 0; length < file.length; length += 1)
      await refused(file.subarray(0, length), /./, `after ${length} bytes`)
    // Also where whoever cut it has compressed it anew.
    const text = gunzipSync(file)
    for (let length = 1; length < text.length; length += 1) await refused(gzipSync(text.subarray(0, length)), /./, `${length}`)
  })

  test('with any bit changed is refused', async () => {
    const file = await pack(textOf(TABLES))
    for (let bit = 0; bit < file.length * 8; bit += 1) {
      // What kind of machine packed it, and what fills the last byte: they say nothing of what is packed.
      if (bit >> 3 === 9 || bit >> 3 === file.length - 9) continue
      await refused(flipped(file, bit), /./, `bit ${bit}`)
    }
    const text = gunzipSync(file)
    for (let bit = 0; bit < text.length * 8; bit += 7)
      await refused(gzipSync(flipped(text, bit)), /./, `bit ${bit} of the text`)
  })

  test('with its rows or tables in another order, or one of them gone or twice, is refused', async () => {
    const end = gunzipSync(await pack(textOf(TABLES))).subarray(textOf(TABLES).length)
    const [first, ...others] = TABLES as [Copied, ...Copied[]]
    const changed: Copied[][] = [
      TABLES.toReversed(),
      others,
      [first, first, ...others],
      [{ ...first, rows: first.rows.toReversed() }, ...others],
      [{ ...first, rows: first.rows.slice(1) }, ...others]
    ]
    for (const tables of changed) await refused(gzipSync(Buffer.concat([textOf(tables), end])), /damaged/, 'another order')
  })

  test('followed by anything is refused', async () => {
    const file = await pack(textOf(TABLES))
    for (const more of [file, Buffer.from('more'), Buffer.alloc(512), gzipSync('more')])
      await refused(Buffer.concat([file, more]), /damaged/, more.toString('latin1', 0, 8))
  })

  const foreign: [what: string, bytes: Buffer, message: RegExp][] = [
    ['nothing', Buffer.alloc(0), /^it is empty$/],
    ['text', Buffer.from('not even compressed'), /not a Sluice backup/],
    ['a dump', Buffer.from('PGDMP\u0001\u000e'), /^it is of pg_dump: pg_restore reads it$/],
    ['other text, compressed', gzipSync('hello\n'), /not a Sluice backup/],
    ['much without a line', gzipSync(Buffer.alloc(5 * 2 ** 20)), /not a Sluice backup/],
    ['a header of something else', gzipSync('{"format":"other"}\n'), /not a Sluice backup/],
    ['JSON null', gzipSync('null\n'), /not a Sluice backup/],
    [
      'a later format',
      gzipSync(lineOf({ ...HEADER, version: 3 } as unknown as BackupHeader)),
      /format 3.*a newer one reads it/
    ],
    ['half a header', gzipSync('{"format":"sluice-backup","version":2}\n'), /^it is damaged$/],
    [
      'the archive of before',
      gzipSync(Buffer.concat([Buffer.from('manifest.json\0'), Buffer.alloc(498), Buffer.from('{}\n')])),
      /Sluice 0\.1 restores it/
    ]
  ]
  for (const [what, bytes, message] of foreign) test(`that is ${what} is refused`, () => refused(bytes, message, what))

  test('passes by while it is read, until something is wrong with it', async () => {
    const file = await pack(textOf(TABLES))
    const seen: string[] = []
    const read = (bytes: Buffer) =>
      readInPassing(streamOf(bytes, [3]), async ({ table }, rows) => {
        seen.push(table)
        await buffer(rows)
      })
    const whole = read(file)
    assert.deepEqual(await buffer(whole.bytes), file)
    assert.equal((await whole.content).rows, 5)
    assert.deepEqual(seen, ['groups', 'users', 'usage_events'])
    const broken = read(flipped(file, 8 * (file.length - 20)))
    await assert.rejects(buffer(broken.bytes), { name: 'BackupFileError' })
    await assert.rejects(buffer(read(file.subarray(0, -1)).bytes), { name: 'BackupFileError' })
  })
})

function flipped(bytes: Buffer, bit: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return changed
}
