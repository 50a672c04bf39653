import { editDistance } from './nearest-name.ts'
import { settingReferences } from './settings.ts'

/** A variable of the environment that is no setting, and the setting that was probably meant. */
export interface MisnamedSetting {
  name: string
  meant: string
}

const NAMES = settingReferences.map(({ name }) => name)
const OWN_PREFIX = 'SLUICE_'
const UNIT = /_(MS|BYTES|DAYS)$/
/** The words of settings that are so long, so much or so often. */
const MEASURED = new Set(NAMES.filter((name) => UNIT.test(name)).flatMap((name) => name.split('_')))
/** What Kubernetes and Docker tell a container of its neighbours: `SLUICE_SERVICE_HOST`, `SLUICE_PORT`, `SLUICE_PORT_8080_TCP_ADDR`. */
const OF_SERVICES = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?$/

/**
 * The variables that look like settings and are none: they would have no effect, unseen. What merely is unknown is left alone, since an
 * environment is everybody's.
 */
export function misnamedSettings(env: NodeJS.ProcessEnv): MisnamedSetting[] {
  return Object.keys(env).flatMap((name) => {
    const meant = NAMES.includes(name) || isNumbered(name) ? null : settingMeantBy(name.toUpperCase())
    return meant === null ? [] : [{ name, meant }]
  })
}

/** One more of a kind, such as `ANTHROPIC_API_KEY_2`, which a declarative file may name. */
const isNumbered = (name: string) => NAMES.some((known) => name.startsWith(known) && /^[_\d]/.test(name.slice(known.length)))

function settingMeantBy(name: string): string | null {
  const bare = name.startsWith(OWN_PREFIX) ? name.slice(OWN_PREFIX.length) : name
  if (bare !== name && !OF_SERVICES.test(name) && NAMES.includes(bare)) return bare
  return (
    nearest(name, (known) => isSlipOf(name, known)) ??
    NAMES.find((known) => name.includes('_') && known.replace(UNIT, '') === name) ??
    nearest(name, (known) => UNIT.test(known) && isOtherwisePhrased(name, known))
  )
}

function nearest(name: string, isMeant: (known: string) => boolean): string | null {
  const [best = null] = NAMES.filter(isMeant).toSorted((a, b) => editDistance(name, a) - editDistance(name, b))
  return best
}

/** Short names are too near to everything, such as `PORT` to `POST`. */
function isSlipOf(name: string, known: string): boolean {
  const most = known.length < 6 ? 0 : known.length < 12 ? 1 : 2
  // All of a large environment is compared with all settings.
  if (Math.abs(name.length - known.length) > most || (name[0] !== known[0] && name.at(-1) !== known.at(-1))) return false
  const distance = editDistance(name, known)
  return distance <= most && (distance > 0 || known.length >= 6)
}

/** All of its words are words of such settings, and all but one those of this one: `MAX_BODY_BYTE` for `MAX_BUFFERED_BYTES`. */
function isOtherwisePhrased(name: string, known: string): boolean {
  const words = name.split('_')
  const knownWords = known.split('_')
  if (words.length < 3 || words.length !== knownWords.length) return false
  const different = words.filter((word, at) => word !== knownWords[at] && `${word}S` !== knownWords[at])
  return different.length === 1 && MEASURED.has(different[0]!)
}
