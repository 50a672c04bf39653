import { editDistance } from './nearest-name.ts'
import { settingReferences } from './settings.ts'

/** An environment variable that is not a setting, and the setting that was probably meant. */
export interface MisnamedSetting {
  name: string
  meant: string
}

const NAMES = settingReferences.map(({ name }) => name)
const OWN_PREFIX = 'SLUICE_'
const UNIT = /_(MS|BYTES|DAYS)$/
/** Settings with a unit, by their names without it. */
const MEASURED = new Map(NAMES.filter((name) => UNIT.test(name)).map((name) => [name.replace(UNIT, ''), name]))
const MEASURED_WORDS = [...MEASURED.values()].map((name) => ({ name, words: name.split('_') }))
const VOCABULARY = new Set(MEASURED_WORDS.flatMap(({ words }) => words))
/**
 * What Kubernetes and Docker tell a container about its neighbours: `SLUICE_SERVICE_HOST`, `SLUICE_PORT`,
 * `SLUICE_PORT_8080_TCP_ADDR`.
 */
const OF_SERVICES = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?$/

/**
 * The variables that look like settings but are not: they would silently have no effect. Other unknown variables are ignored,
 * since other programs share the environment.
 */
export function misnamedSettings(env: NodeJS.ProcessEnv): MisnamedSetting[] {
  return Object.keys(env).flatMap((name) => {
    const meant = NAMES.includes(name) || isNumbered(name) ? null : settingMeantBy(name.toUpperCase())
    return meant === null ? [] : [{ name, meant }]
  })
}

/** Another of the same kind, such as `ANTHROPIC_API_KEY_2`, which a declarative file may name. */
const isNumbered = (name: string) => NAMES.some((known) => name.startsWith(known) && /^[_\d]/.test(name.slice(known.length)))

function settingMeantBy(name: string): string | null {
  const bare = name.startsWith(OWN_PREFIX) ? name.slice(OWN_PREFIX.length) : name
  if (bare !== name && !OF_SERVICES.test(name) && NAMES.includes(bare)) return bare
  const slips = NAMES.filter((known) => isSlipOf(name, known))
  if (slips.length > 0) return nearest(name, slips)
  const whole = name.includes('_') ? MEASURED.get(name) : undefined
  const words = name.split('_')
  if (whole !== undefined || words.length < 3) return whole ?? null
  return MEASURED_WORDS.find((known) => known.name.endsWith(`_${name}`))?.name ?? nearest(name, otherwisePhrased(words))
}

function nearest(name: string, known: readonly string[]): string | null {
  const [best = null] = known.toSorted((a, b) => editDistance(name, a) - editDistance(name, b))
  return best
}

/** Short names are too close to others, such as `PORT` to `POST`. */
function isSlipOf(name: string, known: string): boolean {
  if (known.length < 6) return false
  const most = known.length < 12 ? 1 : 2
  // All of a large environment is compared with all settings: cheap checks come first.
  if (Math.abs(name.length - known.length) > most || (name[0] !== known[0] && name.at(-1) !== known.at(-1))) return false
  return editDistance(name, known) <= most
}

/** Settings with all words but one in common, where that one belongs to another: `MAX_BODY_BYTE` is `MAX_BUFFERED_BYTES`. */
function otherwisePhrased(words: readonly string[]): string[] {
  return MEASURED_WORDS.flatMap(({ name, words: known }) => {
    if (known.length !== words.length) return []
    const different = words.filter((word, at) => word !== known[at] && `${word}S` !== known[at])
    return different.length === 1 && VOCABULARY.has(different[0]!) ? [name] : []
  })
}
