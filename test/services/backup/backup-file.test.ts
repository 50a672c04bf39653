import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { packBackup, unpackBackup, type BackupManifest } from '../../../services/backup/backup-file.ts'
import { tarEnd, tarHeader, tarPadding } from '../../../services/backup/tar.ts'
import { endReplacement, replaceDatabase } from '../../../services/database/replaced-database.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const MANIFEST: BackupManifest = {
  format: 'sluice-backup',
  version: 1,
  created_at: '2026-11-25T08:00:00.000Z',
  migration: '0001-x.sql'
}

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-test-backup-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

const FILES = new Map<string, Buffer>([
  ['PG_VERSION', Buffer.from('17\n')],
  ['base/1/2608_fsm', Buffer.alloc(512, 7)],
  ['base/1/empty', Buffer.alloc(0)],
  ['pg_wal/000000010000000000000001', Buffer.alloc(300_001, 'wal ')]
])

async function packed(dir: string): Promise<string> {
  const filesDir = join(dir, 'database')
  await mkdir(join(filesDir, 'base/1'), { recursive: true })
  await mkdir(join(filesDir, 'pg_wal'))
  await mkdir(join(filesDir, 'pg_notify'))
  for (const [name, content] of FILES) await writeFile(join(filesDir, name), content)
  const file = join(dir, 'backup.tar.gz')
  await writeFile(file, await buffer(packBackup(filesDir, MANIFEST)))
  return file
}

/** An archive of these entries, with the checksum that it should have. */
function archive(entries: [path: string, content: string | null][], checksum?: string): Buffer {
  const pack = (path: string, content: string | null) => {
    const bytes = Buffer.from(content ?? '')
    const header = tarHeader({ path, type: content === null ? 'folder' : 'file', bytes: bytes.length })
    return Buffer.concat([header, bytes, tarPadding(bytes.length)])
  }
  const before = Buffer.concat(entries.map(([path, content]) => pack(path, content)))
  const hash = checksum ?? createHash('sha256').update(before).digest('hex')
  return gzipSync(Buffer.concat([before, pack('sha256', hash), tarEnd()]))
}

await suite('the file of a backup', async () => {
  test('brings back every file and folder as it was', async (t) => {
    const dir = await folder(t)
    const file = await packed(dir)
    const into = join(dir, 'restored')
    assert.deepEqual(await unpackBackup(file, into), MANIFEST)
    for (const [name, content] of FILES) assert.deepEqual(await readFile(join(into, name)), content)
    assert.deepEqual((await readdir(into)).toSorted(), ['PG_VERSION', 'base', 'pg_notify', 'pg_wal'])
    assert.deepEqual(await unpackBackup(file, null), MANIFEST)
  })

  test('cut off anywhere is refused', async (t) => {
    const dir = await folder(t)
    const file = await packed(dir)
    const whole = await readFile(file)
    const random = seededRandom(5)
    const cuts = [
      0,
      1,
      17,
      whole.length - 1,
      whole.length - 9,
      ...Array.from({ length: 30 }, () => random.int(0, whole.length - 1))
    ]
    for (const length of cuts) {
      await writeFile(file, whole.subarray(0, length))
      await assert.rejects(unpackBackup(file, null), { name: 'BackupFileError' }, `${length} of ${whole.length} bytes`)
    }
    // Also where whoever cut it has compressed it anew.
    const tar = gunzipSync(whole)
    for (const length of [512, 1024, 3000, tar.length - 1536, tar.length - 2048]) {
      await writeFile(file, gzipSync(tar.subarray(0, length)))
      await assert.rejects(unpackBackup(file, null), { name: 'BackupFileError', message: 'it is cut off' }, String(length))
    }
  })

  test('with any byte changed is refused', async (t) => {
    const dir = await folder(t)
    const file = await packed(dir)
    const tar = gunzipSync(await readFile(file))
    const random = seededRandom(6)
    // Up to the checksum's own padding, which means nothing.
    for (let n = 0; n < 60; n += 1) {
      const changed = Buffer.from(tar)
      const at = random.int(0, tar.length - 3 * 512)
      changed[at] = (changed[at] ?? 0) ^ 1
      await writeFile(file, gzipSync(changed, { level: 1 }))
      await assert.rejects(unpackBackup(file, null), { name: 'BackupFileError' }, `byte ${at}`)
    }
  })

  const manifest = JSON.stringify(MANIFEST)
  const foreign: [what: string, bytes: Buffer, message: RegExp][] = [
    ['text', Buffer.from('not even compressed'), /no backup, or damaged/],
    ['another archive', archive([['hello.txt', 'hello']]), /no backup of Sluice/],
    ['a manifest of something else', archive([['manifest.json', '{"format":"other"}']]), /no backup of Sluice/],
    ['a manifest that is no JSON', archive([['manifest.json', '{']]), /no backup of Sluice/],
    ['a manifest of JSON null', archive([['manifest.json', 'null']]), /no backup of Sluice/],
    ['a later version', archive([['manifest.json', JSON.stringify({ ...MANIFEST, version: 2 })]]), /version 2/],
    [
      'a file that would leave the folder',
      archive([
        ['manifest.json', manifest],
        ['database/../../x', 'x']
      ]),
      /not of a database/
    ],
    [
      'an absolute file',
      archive([
        ['manifest.json', manifest],
        ['/etc/x', 'x']
      ]),
      /not of a database/
    ],
    [
      'a file beside the database',
      archive([
        ['manifest.json', manifest],
        ['journal/x', 'x']
      ]),
      /not of a database/
    ],
    [
      'another checksum',
      archive(
        [
          ['manifest.json', manifest],
          ['database/a', 'x']
        ],
        '0'.repeat(64)
      ),
      /checksum/
    ]
  ]
  for (const [what, bytes, message] of foreign) {
    test(`is refused when it is ${what}`, async (t) => {
      const dir = await folder(t)
      await writeFile(join(dir, 'file'), bytes)
      await assert.rejects(unpackBackup(join(dir, 'file'), join(dir, 'a/b/into')), { name: 'BackupFileError', message })
      assert.ok(!existsSync(join(dir, 'x')) && !existsSync(join(dir, 'a/x')))
    })
  }
})

test('a replacement that was killed at any step leaves the old files or, at the next start, the new ones', async (t) => {
  const steps: [what: string, isThere: (name: string) => boolean, expected: string][] = [
    ['before', (name) => name === 'database', 'old'],
    ['with the new files ready', (name) => name !== 'kept', 'old'],
    ['with the old files gone', (name) => name !== 'database', 'new'],
    ['after', (name) => name !== 'database.restored', 'new']
  ]
  for (const [what, isThere, expected] of steps) {
    const dir = await folder(t)
    const place = (name: string) => join(dir, name)
    const put = async (name: string, content: string) => {
      if (!isThere(name)) return
      await mkdir(place(name))
      await writeFile(join(place(name), 'is'), content)
    }
    await put('database', expected)
    await put('database.restored', 'new')
    await put('kept', 'old')
    endReplacement(place('database'))
    assert.equal(await readFile(join(place('database'), 'is'), 'utf8'), expected, what)
    assert.ok(!existsSync(place('database.restored')), what)
  }
  const dir = await folder(t)
  await mkdir(join(dir, 'database'))
  await mkdir(join(dir, 'draft'))
  await writeFile(join(dir, 'draft/is'), 'new')
  replaceDatabase(join(dir, 'database'), join(dir, 'draft'), join(dir, 'kept'))
  assert.deepEqual((await readdir(dir)).toSorted(), ['database', 'kept'])
  assert.equal(await readFile(join(dir, 'database/is'), 'utf8'), 'new')
})
