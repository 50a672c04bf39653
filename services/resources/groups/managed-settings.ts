import { createHash, randomUUID } from 'node:crypto'
import { canonicalJson } from '../../platform/canonical-json.ts'
import type { Assignment } from '../field.ts'
import { fieldName, isFields, type FieldProblem, type Path } from '../problems.ts'

/** Confirmed by whoever sets them. */
export const CONFIRMATION = { by: 'confirm_managed_settings', why: 'can run programs on developers’ machines' }

/** As JSON. Every process keeps those of all groups. */
export const MOST_BYTES = 65_536
const MOST_LEVELS = 20

/** With these, Claude Code would not start, or would leave the gateway it is signed in to. */
const REFUSED = [
  'apiKeyHelper',
  'forceLoginMethod',
  'forceLoginGatewayUrl',
  'env.ANTHROPIC_API_KEY',
  'env.ANTHROPIC_AUTH_TOKEN',
  'env.ANTHROPIC_BASE_URL',
  'env.CLAUDE_CODE_OAUTH_TOKEN',
  'env.CLAUDE_CODE_USE_BEDROCK',
  'env.CLAUDE_CODE_USE_VERTEX'
]

/** `sha256:` and the SHA-256 of the settings in their normal form, in hex. */
export const checksumOf = (canonical: string) => `sha256:${createHash('sha256').update(canonical).digest('hex')}`

/** The columns of a group with these settings; null means none. */
export function managedSettingsColumns(settings: unknown, column: string): Assignment[] {
  const text = settings === null ? null : canonicalJson(settings)
  return [
    { column, value: text },
    { column: `${column}_checksum`, value: text === null ? null : checksumOf(text) },
    { column: `${column}_uuid`, value: text === null ? null : randomUUID() }
  ]
}

/** Why settings cannot be given to Claude Code, which does not start with malformed ones. */
export function managedSettingsProblems(settings: Record<string, unknown>, path: Path): FieldProblem[] {
  const malformed = malformedParts(settings, path)
  if (malformed.length > 0) return malformed
  const problems = envProblems(settings['env'], [...path, 'env'])
  const bytes = Buffer.byteLength(canonicalJson(settings))
  if (bytes > MOST_BYTES) problems.push({ path, text: `must be at most ${MOST_BYTES} bytes of JSON, and has ${bytes}` })
  for (const name of REFUSED) {
    const [first = '', second] = name.split('.')
    const part = settings[first]
    if (second === undefined ? part === undefined : !isFields(part) || part[second] === undefined) continue
    const text = 'cannot be managed: whoever is signed in would be sent elsewhere, or kept from starting'
    problems.push({ path: [...path, ...name.split('.')], text, isName: true })
  }
  return problems
}

function envProblems(env: unknown, path: Path): FieldProblem[] {
  if (env === undefined) return []
  if (!isFields(env)) return [{ path, text: 'must be a mapping of variables to texts' }]
  return Object.entries(env)
    .filter(([, value]) => typeof value !== 'string')
    .map(([name]) => ({ path: [...path, name], text: 'must be a text' }))
}

const isWellFormed = (text: string) => text.isWellFormed() && !text.includes('\0')

/** What JSON cannot express, or what its readers interpret differently. */
function malformedParts(value: unknown, path: Path, level = 1): FieldProblem[] {
  if (typeof value === 'string') return isWellFormed(value) ? [] : [{ path, text: 'must be well-formed text' }]
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [{ path, text: 'must be a finite number' }]
  if (typeof value !== 'object' || value === null) return []
  if (level > MOST_LEVELS) return [{ path, text: `is nested too deep: at most ${MOST_LEVELS} levels` }]
  return Object.entries(value).flatMap(([name, inner]): FieldProblem[] => {
    if (name === '__proto__' || !isWellFormed(name)) return [{ path, text: 'has a field with a name that cannot be used' }]
    return malformedParts(inner, [...path, Array.isArray(value) ? Number(name) : name], level + 1)
  })
}

/** As stored in the database. */
export interface StoredManagedSettings {
  text: string
  checksum: string
  uuid: string
}

/** The response to Claude Code. */
export interface ManagedSettings {
  checksum: string
  body: string
}

/** Throws an Error with the reason when they differ from what was stored, or may not be given to anybody. */
export function openManagedSettings({ text, checksum, uuid }: StoredManagedSettings): ManagedSettings {
  const settings: unknown = JSON.parse(text)
  if (!isFields(settings)) throw new Error('they are no JSON object')
  const [problem] = managedSettingsProblems(settings, [])
  if (problem !== undefined) throw new Error(`${fieldName(problem.path)} ${problem.text}`)
  const canonical = canonicalJson(settings)
  if (checksumOf(canonical) !== checksum) throw new Error('they are not those that the checksum is of')
  return { checksum, body: `{"uuid":${JSON.stringify(uuid)},"checksum":${JSON.stringify(checksum)},"settings":${canonical}}` }
}
