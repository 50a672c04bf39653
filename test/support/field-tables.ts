import { readFile, writeFile } from 'node:fs/promises'
import { declaredFields, shownFields, textOf, type Definition } from '../../services/resources/definition.ts'
import { DEFINITIONS } from '../../services/resources/definitions.ts'
import type { Field } from '../../services/resources/field.ts'

const PAGES = ['docs/declarative-file.md', 'docs/admin-api.md']
const BLOCK = /(<!-- (declared|row) fields of (\w+): npm run docs:fields -->\n)[^]*?(?=<!-- end -->)/g

const table = (headings: readonly string[], rows: readonly (readonly string[])[]) =>
  [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')

function defaultOf(field: Field): string {
  const { required, defaultText, default: byDefault = null } = field
  if (required) return 'required'
  const text = textOf(field, byDefault)
  return defaultText ?? (text === (field.none ?? 'none') ? text : `\`${text}\``)
}

/** The entry of a declarative file. */
const declaredTable = (definition: Definition) =>
  table(
    ['field', 'default', 'meaning'],
    Object.entries(declaredFields(definition)).map(([name, field]) => [`\`${name}\``, defaultOf(field), field.meaning])
  )

const giverText = (giver: Field['create']) => (giver === 'nobody' ? 'no' : giver === 'owner' ? 'yes, also by its owner' : 'yes')

/** A row, and which of its fields can be set. */
function rowTable(definition: Definition): string {
  const shown = shownFields(definition.fields, 'operators')
  const rows = Object.entries(definition.fields).map(([name, field]) => [
    `\`${name}\``,
    giverText(field.create),
    giverText(field.change),
    name in shown ? (field.shown === 'operators' ? 'to operators' : 'yes') : 'never',
    field.meaning
  ])
  return table(['field', 'create', 'change', 'shown', 'meaning'], rows)
}

function withTables(page: string): string {
  return page.replace(BLOCK, (_block, head: string, kind: string, name: string) => {
    const definition: Definition | undefined = (DEFINITIONS as Record<string, Definition>)[name]
    if (definition === undefined) throw new Error(`a page has a table of ${name}, which is not defined`)
    return head + (kind === 'declared' ? declaredTable(definition) : rowTable(definition))
  })
}

/** Writes the tables of fields into the pages; with `--check` it only says whether they are up to date. */
if (import.meta.main) {
  for (const path of PAGES) {
    const page = await readFile(path, 'utf8')
    const wanted = withTables(page)
    if (page === wanted) continue
    if (!process.argv.includes('--check')) await writeFile(path, wanted)
    else {
      console.error(`${path} has outdated tables of fields: npm run docs:fields`)
      process.exitCode = 1
    }
  }
}
