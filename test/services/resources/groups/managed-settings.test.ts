import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import claudePrices from '../../../../services/money/prices/claude-prices.json' with { type: 'json' }
import { createPriceBook } from '../../../../services/money/prices/price-book.ts'
import { canonicalJson } from '../../../../services/platform/canonical-json.ts'
import {
  checksumOf,
  managedSettingsColumns,
  managedSettingsProblems,
  MOST_BYTES,
  openManagedSettings
} from '../../../../services/resources/groups/managed-settings.ts'
import { fieldName } from '../../../../services/resources/problems.ts'

const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })

const problemsOf = (settings: Record<string, unknown>) =>
  managedSettingsProblems(settings, ['m']).map(({ path, text }) => `${fieldName(path)} ${text}`)

suite('managed settings', () => {
  test('have one spelling, and its checksum', () => {
    // As Python has it: json.dumps(settings, sort_keys=True, separators=(',', ':'), ensure_ascii=False)
    const settings = { z: [{ b: 1, a: null }, [], 'é"\n'], env: { B: '2', A: '\u{1f600}' }, A: true, 10: 1.5, 9: -0 }
    const text = '{"10":1.5,"9":0,"A":true,"env":{"A":"\u{1f600}","B":"2"},"z":[{"a":null,"b":1},[],"é\\"\\n"]}'
    assert.equal(canonicalJson(settings), text)
    assert.equal(checksumOf(text), 'sha256:ef2b973ba875209f3cb81cce07783d40a2dc2db187f0bac9061f1294accb5e00')
    assert.equal(checksumOf('{}'), 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
  })

  const refused: [what: string, settings: Record<string, unknown>, problem: RegExp][] = [
    ['a variable that is no text', { env: { A: 1 } }, /^m\.env\.A must be a text$/],
    ['variables that are no mapping', { env: ['A=1'] }, /^m\.env must be a mapping of variables to texts$/],
    ['what is nested too deep', { a: nested(20) }, /^m(?:\.a)+ is nested too deep: at most 20 levels$/],
    ['what is too large', { a: 'é'.repeat(MOST_BYTES / 2) }, /^m must be at most 65536 bytes of JSON, and has 65544$/],
    ['half a character', { a: ['\ud800'] }, /^m\.a\[0\] must be well-formed text$/],
    ['half a character in a name', { a: { '\udc00': 1 } }, /^m\.a has a field with a name that cannot be used$/],
    ['a NUL', { a: '\0' }, /^m\.a must be well-formed text$/],
    ['a name that is none', JSON.parse('{"a":{"__proto__":{}}}') as Record<string, unknown>, /^m\.a has a field with a name/],
    ['a number that JSON has not', { a: [Infinity] }, /^m\.a\[0\] must be a finite number$/],
    ['another way to sign in', { apiKeyHelper: 'x' }, /^m\.apiKeyHelper cannot be managed/],
    ['another place to go to', { env: { ANTHROPIC_BASE_URL: 'x' } }, /^m\.env\.ANTHROPIC_BASE_URL cannot be managed/]
  ]
  for (const [what, settings, problem] of refused) {
    test(`${what} is refused`, () => {
      const [text = ''] = problemsOf(settings)
      assert.match(text, problem)
    })
  }

  test('may be as large and as deep as is said, and of any other shape', () => {
    assert.deepEqual(problemsOf({ a: 'a'.repeat(MOST_BYTES - 8) }), [])
    assert.deepEqual(problemsOf({ a: nested(19), env: { A: '' }, hooks: { Stop: [{ command: 'x' }] }, constructor: {} }), [])
  })

  test('of the page on signing in name the newest model of each family', () => {
    const page = readFileSync(new URL('../../../../docs/sign-in.md', import.meta.url), 'utf8')
    const [, block = ''] = /### Managed settings\n[^]*?```json\n([^]*?)```/.exec(page) ?? []
    const template = JSON.parse(block) as Record<string, unknown>
    assert.deepEqual(problemsOf(template), [])
    const models = createPriceBook(claudePrices).models()
    const newest = ['opus', 'sonnet', 'haiku'].map((family) => [
      `ANTHROPIC_DEFAULT_${family.toUpperCase()}_MODEL`,
      models.find(({ id }) => id.includes(family))?.id
    ])
    assert.deepEqual(template, { env: Object.fromEntries(newest) as object })
  })

  test('are opened as they were stored, and not when somebody else has changed them', () => {
    const settings = { model: 'opus', env: { A: '1' } }
    const stored = Object.fromEntries(managedSettingsColumns(settings, 'm').map(({ column, value }) => [column, String(value)]))
    const { m: text = '', m_checksum: checksum = '', m_uuid: uuid = '' } = stored
    const opened = openManagedSettings({ text, checksum, uuid })
    assert.deepEqual(JSON.parse(opened.body), { uuid, checksum, settings })
    assert.equal(opened.checksum, checksum)
    assert.match(uuid, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    // Only the settings count, not how they are written.
    assert.equal(openManagedSettings({ text: text.replace(',', ' , '), checksum, uuid }).body, opened.body)
    assert.throws(() => openManagedSettings({ text: text.replace('opus', 'haiku'), checksum, uuid }), /checksum/)
    for (const other of ['{"env":{"A":1}}', '[]', 'null', '{', ''])
      assert.throws(() => openManagedSettings({ text: other, checksum: checksumOf(other), uuid }))
    assert.deepEqual(managedSettingsColumns(null, 'm'), [
      { column: 'm', value: null },
      { column: 'm_checksum', value: null },
      { column: 'm_uuid', value: null }
    ])
  })
})
