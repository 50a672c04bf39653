/** Model names come from clients; scopes made of them are stored. */
const MAX_NAME_LENGTH = 100

/** The family that shares a rate limit: `opus`, `sonnet`, …; a name that is not Claude's stands for itself. */
export function modelFamily(model: string): string {
  const id = normalizedModel(model)
  const [brand, ...words] = id.split('-')
  const family = brand === 'claude' ? words.find((word) => /^[a-z]+$/.test(word)) : undefined
  return family ?? id
}

/** The scopes of cooldowns that cover a model: all models, its family, the model itself. */
export function scopesOf(model: string): [all: string, family: string, model: string] {
  return ['', `family:${modelFamily(model)}`, `model:${normalizedModel(model)}`]
}

/** In lower case, without `[1m]` and without a date, as the price book reads names. */
function normalizedModel(model: string): string {
  const printable = model.slice(0, MAX_NAME_LENGTH).replace(/[^!-~]/g, '?')
  return printable
    .toLowerCase()
    .replace(/\[1m\]$/, '')
    .replace(/-\d{8}$/, '')
}
