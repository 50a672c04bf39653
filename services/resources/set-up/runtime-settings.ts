import { isDeepStrictEqual } from 'node:util'
import { brakesText } from '../brakes/brakes-setting.ts'
import { InvalidSetting } from './setting-values.ts'
import { readSettingText, settingReferences, type Settings } from './settings.ts'

/** The settings that can be changed while Sluice runs, because they are read with each request; by name. */
const CHANGEABLE = {
  QUEUE_EXTRA: 'queueExtra',
  QUEUE_TIMEOUT_MS: 'queueTimeoutMs',
  BRAKES: 'brakes',
  PING_INTERVAL_MS: 'pingIntervalMs',
  MAX_ATTEMPTS: 'maxAttempts',
  AFFINITY_WAIT_MS: 'affinityWaitMs',
  USAGE_DRAIN_MS: 'usageDrainMs'
} as const satisfies Record<string, keyof Settings>

type ChangeableName = keyof typeof CHANGEABLE
export type RuntimeValues = Partial<Pick<Settings, (typeof CHANGEABLE)[ChangeableName]>>

export const changeableNames = Object.keys(CHANGEABLE) as ChangeableName[]

export const isChangeable = (name: string): name is ChangeableName => Object.hasOwn(CHANGEABLE, name)

/** What is wrong with a value, as the end of a sentence that begins with the setting's name; null when nothing is. */
export function runtimeProblem(name: ChangeableName, value: string): string | null {
  try {
    readSettingText(name, value)
    return null
  } catch (error) {
    if (error instanceof InvalidSetting) return error.message
    throw error
  }
}

/** The stored values as settings. Values of a newer or older Sluice that this one does not accept are left out. */
export function runtimeValues(stored: readonly { id: string; value: string }[]): RuntimeValues {
  const taken = stored.flatMap(({ id, value }) =>
    isChangeable(id) && runtimeProblem(id, value) === null ? [[CHANGEABLE[id], readSettingText(id, value)] as const] : []
  )
  return Object.fromEntries(taken)
}

/** Texts that are not secret; of all others it is only shown that they are set. */
const SHOWN = new Set([
  'HOST',
  'ADMIN_HOST',
  'DATA_DIR',
  'LOG_LEVEL',
  'ANTHROPIC_BASE_URL',
  'SLUICE_CONFIG',
  'OIDC_ISSUER',
  'OIDC_SCOPES',
  'OIDC_GROUPS_CLAIM'
])

interface SettingReport {
  name: string
  /** `set` when it is a secret, or may contain one; null when it is not set. */
  value: string | null
  default: string | null
  meaning: string
  source: 'runtime' | 'start'
  changeable: boolean
  /** Of its change at run time; 0 when nobody has changed it. */
  version: number
}

/** All settings in force. */
export function reportSettings(settings: Settings, stored: readonly { id: string; version: number }[]): SettingReport[] {
  const versions = new Map(stored.map(({ id, version }) => [id, version]))
  return settingReferences.map(({ key, name, default: byDefault, meaning }) => ({
    name,
    value: isDefault(name, settings[key], byDefault)
      ? byDefault
      : key === 'brakes'
        ? brakesText(settings[key])
        : valueText(name, settings[key]),
    default: byDefault,
    meaning,
    source: versions.has(name) ? 'runtime' : 'start',
    changeable: isChangeable(name),
    version: versions.get(name) ?? 0
  }))
}

/** Values from the documentation are not secret. */
function isDefault(name: string, value: unknown, byDefault: string | null): boolean {
  return byDefault !== null && isDeepStrictEqual(value, readSettingText(name, byDefault))
}

function valueText(name: string, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && SHOWN.has(name) ? value : 'set'
}
