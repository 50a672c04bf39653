import type { Logger } from 'pino'
import type { Clock } from '../../platform/clock.ts'
import { inTransaction, type Connectable } from '../../platform/database/queryable.ts'
import { issueAccessToken, type IssuedToken } from '../sign-in/access-tokens.ts'
import { OAuthError } from '../sign-in/oauth-error.ts'
import type { TokenResponse } from '../sign-in/token-response.ts'
import { IssuerAwayError, IssuerMismatchError } from './issuer-documents.ts'
import { UnknownKeyError, type IssuerKeys } from './issuer-keys.ts'
import { listRulesOf, noteExchanged, type StoredRule } from './records.ts'
import { chooseRule } from './rule-choice.ts'
import {
  endOfUse,
  identityOf,
  SubjectTokenError,
  unverifiedIssuer,
  verifiedClaims,
  type SignedClaims
} from './subject-token.ts'

const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:'
const ACCESS_TOKEN_TYPE = `${TOKEN_TYPE}access_token`
const SUBJECT_TOKEN_TYPES: readonly unknown[] = [`${TOKEN_TYPE}jwt`, `${TOKEN_TYPE}id_token`]

/** The form of a request (RFC 8693 section 2.1), as it was sent. */
export type ExchangeForm = ReadonlyMap<string, string>

interface TokenExchangeOptions {
  pool: Connectable
  clock: Clock
  keys: IssuerKeys
  /** The default audience of tokens: the address at which clients reach Sluice. */
  ownAudience: string | null
  log: Pick<Logger, 'info'>
}

/** Far more than any issuer's claims need. */
const MAX_TOKEN_CHARACTERS = 16_384
/** How much of the job's subject is recorded, and fits an index entry. */
const MAX_SUBJECT_CHARACTERS = 200
const AWAY_RETRY_S = 5

const refused = (description: string, facts: Record<string, string> = {}, cause?: unknown) =>
  new OAuthError('invalid_request', plain(description), { facts, ...(cause === undefined ? {} : { cause }) })

/** The characters allowed in a description (RFC 6749 section 5.2): names of rules and audiences may contain anything. */
const plain = (text: string) => text.replaceAll('’', "'").replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?')

/** Whether the sender is at fault, and may be guessing: not when only the issuer or Sluice is away. */
export const isOwnFault = (error: unknown): error is OAuthError =>
  error instanceof OAuthError && (error.status < 500 || error.cause instanceof UnknownKeyError)

/**
 * Exchanges the token of a job's environment for one of ours, according to the rules (RFC 8693, whose section 2.2.2 requires
 * every rejected token to be refused as `invalid_request`). Rejects with OAuthError.
 */
export function createTokenExchange({ pool, clock, keys, ownAudience, log }: TokenExchangeOptions) {
  async function claimsOf(token: string, issuer: string): Promise<SignedClaims> {
    try {
      return await verifiedClaims(token, { issuer, keys, now: clock.now() })
    } catch (error) {
      throw verificationRefusal(error, issuer)
    }
  }

  function ruleFor(rules: readonly StoredRule[], claims: SignedClaims, facts: Record<string, string>): StoredRule {
    const choice = chooseRule(rules, claims, ownAudience)
    if ('found' in choice) return choice.found
    if ('audiences' in choice) {
      const wanted =
        choice.audiences.length === 0
          ? 'no rule says for whom they must be'
          : `they must be for ${choice.audiences.join(' or ')}`
      throw refused(`the token is for ${audienceText(claims)}; of its issuer, ${wanted}`, facts)
    }
    if ('ambiguous' in choice) {
      throw refused(`several rules match the token, and none has a lower priority: ${choice.ambiguous.join(', ')}`, facts)
    }
    throw refused(`no rule matches the token; what rules of its issuer look at: ${choice.lookedAt.join(', ')}`, facts)
  }

  /** In one transaction: if no token is issued, the sent one is not exchanged either, and may be sent again. */
  async function issueOnce(token: string, issuer: string, claims: SignedClaims, rule: StoredRule): Promise<IssuedToken | null> {
    return await inTransaction(pool, async (db) => {
      const isFirst = await noteExchanged(db, { hash: identityOf(token, issuer, claims), expiresAt: endOfUse(claims) })
      if (!isFirst) return null
      return await issueAccessToken(
        { db, clock },
        { keyId: rule.keyId, subject: subjectText(claims.sub), lifeMs: rule.lifeMinutes * 60_000 }
      )
    })
  }

  return async function exchange(form: ExchangeForm): Promise<TokenResponse> {
    const token = subjectTokenOf(form)
    const issuer = readable(() => unverifiedIssuer(token))
    const rules = await listRulesOf(pool, issuer)
    if (rules.length === 0) throw refused('there is no rule for the issuer of the token', { issuer: issuer.slice(0, 500) })
    const claims = await claimsOf(token, issuer)
    const facts = { issuer, subject: subjectText(claims.sub) }
    const rule = ruleFor(rules, claims, facts)
    refuseOtherTargets(form, [rule.audience, ownAudience])
    const issued = await issueOnce(token, issuer, claims, rule)
    if (issued === null)
      throw refused('the token was exchanged before: each is good for one exchange', { ...facts, rule: rule.name })
    log.info(
      { rule: rule.name, user: rule.user, ...facts, expiresAt: new Date(issued.expiresAt).toISOString() },
      'a token was exchanged'
    )
    return {
      access_token: issued.accessToken,
      issued_token_type: ACCESS_TOKEN_TYPE,
      token_type: 'Bearer',
      expires_in: rule.lifeMinutes * 60
    }
  }
}

export type TokenExchange = ReturnType<typeof createTokenExchange>

/** Throws OAuthError for a form that asks for something not offered here. */
function subjectTokenOf(form: ExchangeForm): string {
  const token = form.get('subject_token') ?? ''
  const wanted = form.get('requested_token_type') ?? ACCESS_TOKEN_TYPE
  if (token === '') throw refused('subject_token is missing: the token that the job was given')
  if (!SUBJECT_TOKEN_TYPES.includes(form.get('subject_token_type')))
    throw refused(`subject_token_type must be ${SUBJECT_TOKEN_TYPES.join(' or ')}`)
  if (wanted !== ACCESS_TOKEN_TYPE) throw refused(`requested_token_type must be ${ACCESS_TOKEN_TYPE}, or left out`)
  if (form.has('actor_token')) throw refused('actor_token is not supported: a job acts for itself')
  if (token.length > MAX_TOKEN_CHARACTERS) throw refused(`subject_token has more than ${MAX_TOKEN_CHARACTERS} characters`)
  return token
}

/** Checks where the job wants to use the token: there is one such place. Throws OAuthError. */
function refuseOtherTargets(form: ExchangeForm, own: readonly (string | null)[]): void {
  for (const name of ['audience', 'resource']) {
    const target = form.get(name)
    if (target === undefined || own.includes(target)) continue
    throw new OAuthError('invalid_target', `${name} must be ${own.find((one) => one !== null)}, or left out`)
  }
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof SubjectTokenError ? refused(error.message, {}, error.cause) : error
  }
}

function verificationRefusal(error: unknown, issuer: string): unknown {
  const facts = { issuer }
  if (error instanceof SubjectTokenError) return refused(error.message, facts, error.cause)
  if (error instanceof IssuerMismatchError) {
    return refused(`what is at the issuer's address is another issuer: ${error.message}`, facts, error)
  }
  if (error instanceof UnknownKeyError) {
    const retryAfterS = error.retryAfterMs / 1000
    return new OAuthError('temporarily_unavailable', `the token is ${error.message}`, {
      status: 503,
      retryAfterS,
      facts,
      cause: error
    })
  }
  if (!(error instanceof IssuerAwayError)) return error
  const description = "the issuer's keys cannot be read now, please retry later"
  return new OAuthError('temporarily_unavailable', description, { status: 503, retryAfterS: AWAY_RETRY_S, facts, cause: error })
}

const subjectText = (sub: string) =>
  sub
    .slice(0, MAX_SUBJECT_CHARACTERS)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\uFFFD')

function audienceText({ aud }: SignedClaims): string {
  const given = [aud].flat().filter((one) => typeof one === 'string')
  return given.length === 0 ? 'nobody' : given.join(', ').slice(0, 500)
}
