import { EMAIL } from '../field.ts'
import { isFields } from '../problems.ts'
import { lowerKeys, type Operation } from './patch.ts'
import { scimRefused } from './refusals.ts'
import { booleanOf, requiredText, textOf } from './values.ts'

/** What is stored of a provider's description of a person. */
export interface ScimProfile {
  userName: string
  externalId: string | null
  displayName: string | null
  givenName: string | null
  familyName: string | null
}

/** Attributes that are plain texts, and what they are here, by their names in lower case. */
const TEXTS: ReadonlyMap<string, [attribute: string, field: Exclude<keyof ScimProfile, 'userName'>]> = new Map([
  ['externalid', ['externalId', 'externalId']],
  ['displayname', ['displayName', 'displayName']],
  ['name.givenname', ['name.givenName', 'givenName']],
  ['name.familyname', ['name.familyName', 'familyName']]
])

/** The same as requested; `active` is null when it is not mentioned. */
export interface WantedUser {
  profile: ScimProfile
  active: boolean | null
}

const ADDRESS = new RegExp(String(EMAIL['pattern']), 'u')

export const isEmail = (text: string): boolean => text.length <= Number(EMAIL['maxLength']) && ADDRESS.test(text)

/** A complete user, to create one or to replace one. Throws 400. */
export function readUser(body: unknown): WantedUser & { email: string | null } {
  const given = lowerKeys(body)
  const name = given['name'] === undefined || given['name'] === null ? {} : partsOf('name', given['name'])
  const userName = requiredText('userName', given['username'])
  return {
    profile: {
      userName,
      externalId: textOf('externalId', given['externalid']),
      displayName: textOf('displayName', given['displayname']),
      givenName: textOf('name.givenName', name['givenname']),
      familyName: textOf('name.familyName', name['familyname'])
    },
    active: given['active'] === undefined || given['active'] === null ? null : booleanOf('active', given['active']),
    email: isEmail(userName) ? userName : firstEmail(given['emails'])
  }
}

function partsOf(attribute: string, value: unknown): Record<string, unknown> {
  if (!isFields(value)) throw scimRefused('invalidValue', `${attribute} must be an object`)
  return lowerKeys(value)
}

/** The primary one, else the first. Throws 400. */
function firstEmail(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (!Array.isArray(value)) throw scimRefused('invalidValue', 'emails must be a list')
  const emails = value.map((each) => partsOf('emails', each))
  const first = emails.find(({ primary }) => primary === true) ?? emails[0]
  const address = textOf('emails.value', first?.['value'])
  return address !== null && isEmail(address) ? address : null
}

/** A user after the operations of a PATCH. Attributes that Sluice does not store are ignored. Throws 400. */
export function patchUser(profile: ScimProfile, operations: readonly Operation[]): WantedUser {
  const wanted: WantedUser = { profile: { ...profile }, active: null }
  for (const operation of operations) apply(wanted, operation)
  return wanted
}

function apply(wanted: WantedUser, { op, path: { attribute, sub }, value }: Operation): void {
  const { profile } = wanted
  const given = op === 'remove' ? null : value
  const name = sub === null ? attribute : `${attribute}.${sub}`
  switch (name) {
    case 'active':
      wanted.active = booleanOf('active', given)
      break
    case 'username':
      profile.userName = requiredText('userName', given)
      break
    case 'name': {
      const parts = given === null || given === undefined ? { givenname: null, familyname: null } : partsOf('name', given)
      for (const part of Object.keys(parts))
        apply(wanted, { op, path: { attribute, filter: null, sub: part }, value: parts[part] })
      break
    }
    // The address in Sluice stays, whatever it is at the provider; but an invalid one is refused.
    case 'emails.value':
      textOf('emails.value', given)
      break
    case 'emails':
      firstEmail(Array.isArray(given) || given === null ? given : [given])
      break
    default: {
      const text = TEXTS.get(name)
      if (text !== undefined) profile[text[1]] = textOf(text[0], given)
    }
  }
}
