import type { ProviderIdentity } from '../records/sign-in-identities.ts'
import { notLetIn } from './sign-in-refused.ts'

/** Whom the provider has vouched for. */
export interface OidcIdentity extends ProviderIdentity {
  /** In lower case; null when there is no valid one. */
  email: string | null
  /** Null when the provider doesn't say. */
  isEmailVerified: boolean | null
  groups: string[]
}

/** `signed` are the claims of the ID token, `claims` those together with the userinfo. */
export function identityOf(
  signed: { iss: string; sub: string },
  claims: Record<string, unknown>,
  groupsClaim: string
): OidcIdentity {
  const { email, email_verified: verified } = claims
  const isAddress = typeof email === 'string' && /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= 254
  return {
    issuer: signed.iss,
    subject: signed.sub,
    email: isAddress ? email.toLowerCase() : null,
    // A few providers send it as a text.
    isEmailVerified: verified === undefined ? null : verified === true || verified === 'true',
    groups: [claims[groupsClaim] ?? []].flat().filter((group) => typeof group === 'string')
  }
}

/** The address that identifies somebody on their first sign-in. Throws 403: otherwise anybody could name somebody else's. */
export function provenEmail(
  { email, isEmailVerified }: OidcIdentity,
  { allowsUnstatedEmail }: { allowsUnstatedEmail: boolean }
): string {
  if (email === null) throw notLetIn('email_missing', 'the provider gave no e-mail address: it must know the scope email')
  if (isEmailVerified ?? allowsUnstatedEmail) return email
  throw notLetIn('email_not_verified', 'the provider does not say that it has verified the e-mail address')
}
