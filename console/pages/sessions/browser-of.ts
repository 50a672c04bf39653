const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
  ['curl/', 'curl']
] as const

const SYSTEMS = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux']
] as const

/** What a session was begun with, such as `Firefox on Windows`; the order tells those apart that name others too. */
export function browserOf(userAgent: string | null): string {
  if (userAgent === null || userAgent === '') return 'something unknown'
  const browser = BROWSERS.find(([mark]) => userAgent.includes(mark))?.[1]
  const system = SYSTEMS.find(([mark]) => userAgent.includes(mark))?.[1]
  if (browser === undefined) return userAgent.split(' ')[0]!.slice(0, 40)
  return system === undefined ? browser : `${browser} on ${system}`
}
