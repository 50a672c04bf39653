import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const LONGEST_LINE = 160
const PAGES = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'services/**/*.md'], { cwd: ROOT })

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8')

/** What a pattern with one group finds in the pages, each with its page. */
const findings = (pattern: RegExp) =>
  PAGES.flatMap((page) => [...read(page).matchAll(pattern)].map(([, found = '']) => ({ page, found })))

/** As a heading's anchor is made: "What it does" → `what-it-does`. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')

test('no line of the documentation is longer than 160 characters', () => {
  assert.ok(PAGES.length > 20)
  const long = PAGES.flatMap((page) =>
    read(page)
      .split('\n')
      .flatMap((line, index) => (line.length > LONGEST_LINE ? [`${page}:${index + 1}`] : []))
  )
  assert.deepEqual(long, [])
})

test('each file that a page names exists', () => {
  const named = findings(
    /`((?:app|server)\.ts|(?:bench|bin|cli|deploy|docs|migrations|plugins|routes|services|simulator|test)\/[\w./-]*)`/g
  )
  assert.ok(named.length > 100)
  assert.deepEqual(
    named.filter(({ found }) => !existsSync(join(ROOT, found))),
    []
  )
})

test('what the page on architecture says is in a file is in it', () => {
  const said = [...read('docs/architecture.md').matchAll(/`(\w+)`\)? in\s+`([\w./-]+\.ts)`/g)].map(
    ([, name = '', path = '']) => ({
      name,
      path
    })
  )
  assert.ok(said.length > 3)
  assert.deepEqual(
    said.filter(({ name, path }) => !new RegExp(`\\b${name}\\b`).test(read(path))),
    []
  )
})

test('each link of a page leads to a page and a heading that exist', () => {
  const links = findings(/\]\((?!https?:)([^)\s]+)\)/g)
  assert.ok(links.length > 50)
  const broken = links.filter(({ page, found }) => {
    const [path = '', anchor] = found.split('#')
    const target = path === '' ? page : join(dirname(page), path)
    if (!existsSync(join(ROOT, target))) return true
    return anchor !== undefined && ![...read(target).matchAll(/^#+ (.*)$/gm)].some(([, text = '']) => anchorOf(text) === anchor)
  })
  assert.deepEqual(broken, [])
})

test('no page names a place of the machine that it was written on', () => {
  assert.deepEqual(findings(/(?<![\w.}])(\/(?:home|root|Users|work)\/\w+)/g), [])
})
