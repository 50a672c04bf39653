/** Model names come from clients; scopes made of them are stored. */
const MAX_NAME_LENGTH = 100

/** The family that shares a rate limit: `opus`, `sonnet`, …; a name that is not Claude's is its own family. */
export function modelFamily(model: string): string {
  const id = normalizedModel(model)
  const [brand, ...words] = id.split('-')
  const family = brand === 'claude' ? words.find((word) => /^[a-z]+$/.test(word)) : undefined
  return family ?? id
}

/** The scope of cooldowns shared by all accounts of an origin. */
export const ORIGIN_SCOPE = 'origin'

/** The scopes of cooldowns that cover a request: all models, its family, the model itself, its speed, the origin. */
export function scopesOf(model: string, speed: string | null = null): string[] {
  const { account, family, model: id } = scopeNames(model)
  return [account, family, id, ...(speed === null ? [] : [speedScope(speed)]), ORIGIN_SCOPE]
}

/** How cooldowns name what they cover. */
export function scopeNames(model: string) {
  return { account: '', family: familyScope(modelFamily(model)), model: `model:${normalizedModel(model)}` }
}

export const familyScope = (family: string) => `family:${family}`
export const speedScope = (speed: string) => `speed:${speed}`

/** In lower case, without `[1m]` or a date, as in the price book. */
function normalizedModel(model: string): string {
  const printable = model.slice(0, MAX_NAME_LENGTH).replace(/[^!-~]/g, '?')
  return printable
    .toLowerCase()
    .replace(/\[1m\]$/, '')
    .replace(/-\d{8}$/, '')
}
