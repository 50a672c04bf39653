import type { AttemptOutcome } from '../request/outcomes.ts'
import type { CooldownKind } from '../../resources/accounts/cooldowns.ts'
import { mayContain } from './echoed-text.ts'
import { modelFamily } from './model-family.ts'
import { readRetryAt, namedLimit, type NamedLimit } from './rate-limit-headers.ts'
import { describeUpstreamError, readUpstreamError, type UpstreamError, type UpstreamRefusal } from './upstream-error.ts'

/**
 * What one upstream failure means: the only place where its status, headers and body are interpreted. Health, metrics, log, trace
 * and the client's response follow it.
 */
export interface Verdict extends Ruling {
  /** The name of its row in the table. */
  ruling: RulingName
  /** Epoch milliseconds; null when no end is named. In the past where the failure says that it ends now. */
  until: number | null
  /** The family of models that the upstream names when it differs from the requested model's. */
  family: string | null
  /** For the operator: one line, with the upstream's words. */
  reason: string
}

interface Ruling {
  /** What is at fault: the request, the account, the provider's capacity, or the network. */
  fault: 'request' | 'account' | 'capacity' | 'network'
  /** What it affects. */
  scope: 'request' | 'speed' | 'feature' | 'model' | 'family' | 'account' | 'origin'
  /**
   * What happens to the affected part of this account: nothing; a cooldown of that kind (for `failures` after some in a row, for
   * `unauthorized` until the next try); or the status `error`. With `if another answers` only once another account has answered
   * the same request: otherwise the fault may be the request's.
   */
  consequence: 'nothing' | CooldownKind | 'error' | 'forbidden, if another answers'
  /** How many other accounts may be tried. */
  ask: 'none' | 'one' | 'any'
  /** What the client is told when none of them answers: see refusalFor. */
  told: Told
  /** As metrics count it. */
  counted: AttemptOutcome
}

/** `verbatim` is the upstream's own response. */
export type Told =
  | 'verbatim'
  | 'limited'
  | 'overloaded'
  | 'out of money'
  | 'not authenticated'
  | 'not permitted'
  | 'failed'
  | 'unreachable'
  | 'silent'
  | 'broken off'
  | 'too late'
  | 'no credential'

type RulingName = keyof typeof RULINGS

const row = (
  fault: Ruling['fault'],
  scope: Ruling['scope'],
  consequence: Ruling['consequence'],
  ask: Ruling['ask'],
  told: Told,
  counted: AttemptOutcome
): Ruling => ({ fault, scope, consequence, ask, told, counted })

// oxfmt-ignore
const RULINGS = {
  //                          whose       of what     consequence       ask     the client is told   counted as
  'bad request':          row('request',  'request',  'nothing',        'none', 'verbatim',          'request_refused'),
  'own payer':            row('request',  'request',  'nothing',        'none', 'verbatim',          'request_refused'),
  'feature':              row('request',  'feature',  'nothing',        'one',  'verbatim',          'request_refused'),
  'passing limit':        row('capacity', 'request',  'nothing',        'one',  'verbatim',          'rate_limited'),
  'compaction':           row('capacity', 'feature',  'nothing',        'one',  'verbatim',          'overloaded'),
  'lacks the model':      row('account',  'model',    'forbidden, if another answers', 'one', 'verbatim', 'request_refused'),
  'not permitted':        row('account',  'model',    'forbidden, if another answers', 'any', 'not permitted', 'forbidden'),
  'limit of a speed':     row('account',  'speed',    'rate_limit',     'any',  'limited',           'rate_limited'),
  'limit of a family':    row('account',  'family',   'rate_limit',     'any',  'limited',           'rate_limited'),
  'limit of the account': row('account',  'account',  'rate_limit',     'any',  'limited',           'rate_limited'),
  'overload':             row('capacity', 'family',   'overloaded',     'any',  'overloaded',        'overloaded'),
  'money or standing':    row('account',  'account',  'billing',        'any',  'out of money',      'billing'),
  'credential in doubt':  row('account',  'account',  'unauthorized',   'any',  'not authenticated', 'unauthorized'),
  'credential refused':   row('account',  'account',  'error',          'any',  'not authenticated', 'unauthorized'),
  'sign-in ended':        row('account',  'account',  'error',          'any',  'not authenticated', 'unauthorized'),
  'server error':         row('capacity', 'account',  'failures',       'any',  'failed',            'server_error'),
  // From here on there was no readable response.
  'unreachable':          row('network',  'origin',   'failures',       'any',  'unreachable',       'broken'),
  'no answer':            row('network',  'account',  'failures',       'any',  'silent',            'broken'),
  'no answer in time':    row('network',  'account',  'failures',       'any',  'too late',          'timed_out'),
  'broken answer':        row('network',  'account',  'failures',       'any',  'broken off',        'broken'),
  'own patience':         row('request',  'request',  'nothing',        'any',  'too late',          'timed_out'),
  'no credential':        row('account',  'account',  'failures',       'any',  'no credential',     'no_credential')
} satisfies Record<string, Ruling>

/** What was seen; every stated condition must match. */
interface Sight {
  status?: readonly number[] | 'not a response'
  /** `error.type`; null is a body that is not the API's. */
  type?: string | null
  code?: readonly string[]
  /** Somewhere in the message. */
  says?: RegExp
  /** The same, ignoring words quoted from the request, where a user could have put them. */
  saysItself?: RegExp
  /** What the headers say is limited; `nothing` when they name neither a limit nor a time. */
  limits?: 'account' | 'family' | 'speed' | 'nothing'
  /** `x-should-retry: true`. */
  invitesRetry?: true
  /** The credential is a sign-in whose renewal has been tried. */
  isSignIn?: true
}

/** The payer that the request names; other requests have other payers (beta user profiles, SDK 1.10). */
const PAYER = [
  'linked_organization_billing_unavailable',
  'linked_organization_spend_limit_reached',
  'user_profile_billing_not_authorized',
  'user_profile_not_billable',
  'user_profile_required',
  'user_profile_not_found',
  'key_profile_mismatch'
]
/** What differs between organizations or workspaces. */
const ENROLMENT = [
  'organization_not_enrolled_in_beta',
  'organization_type_not_supported',
  'workspace_policy_violation',
  'api_key_scope_missing',
  'compliance_configuration_restricted'
]
const KEY_IS_DEAD = ['claude_code_key_creator_not_member']
const STANDING_CODES = [
  'organization_on_hold',
  'cmek_key_disabled',
  'cmek_key_network_blocked',
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached'
]
/** The encryption keys of the account's workspace, which recover by themselves. */
const KEYS_AWAY = ['cmek_context_unavailable', 'cmek_key_unreachable']

/** Only from the start of a message. */
const OUT_OF_MONEY =
  /^(You( have|['’]ve) (reached|hit) your (specified )?(workspace )?(API )?usage limits?|(Your )?credit balance is too low|You(['’]re| are) out of (extra usage|usage credits)|(This|Your) (organization|workspace|account) (has been|is) (disabled|suspended|on hold))/i
/** What a subscription or organization may lack although its other requests pass. */
const NEEDS_EXTRA =
  /\b(extra usage|usage credits?) (is|are) (required|needed)\b|\b(requires?|needs?) (extra usage|usage credits?)\b|\blong[ -]context\b/i
const NOT_FOR_THIS_ACCOUNT =
  /\bnot (yet )?(available|enabled|supported|allowed|authorized) (for|in|on|by|with) (this|your)\b|\bis only authorized for\b|\bdraw from your extra usage\b|\blong[ -]context\b/i
const NOT_ENABLED =
  /(\bnot|n['’]t) (yet |currently )?(available|enabled|supported|permitted|included)\b|\b(is|are|was|were|been|has|have) disabled\b|\bnot allowed (for|in|on|by|with) (this|your)\b/i
const FEATURE =
  /\b(features?|betas?|files?|containers?|skills?|tools?|mcp|web[ _-]?(search|fetch)|code[ _-]execution|computer[ _-]use|citations?|batch(es)?|thinking|caching|fast mode|speed|service_tier|inference_geo)\b/i
const MODEL_OR_RESOURCE = /\b(model|resource)s?\b|\bclaude-/i
const CREDENTIAL = String.raw`(api[ _-]?keys?|oauth|credentials?|authentication|token\b(?! (limit|count|budget|usage)))`
const DEAD = '(revoked|disabled|deactivated|expired|invalid|deleted|archived|suspended|blocked|banned)'
/** Naming a credential is not enough: what this one may not do, another may. */
const CREDENTIAL_IS_DEAD = new RegExp(
  String.raw`\b${CREDENTIAL}\b.*\b(${DEAD}|(not|no longer) (currently )?(valid|active|allowed|accepted))\b|\b${DEAD} ([\w-]+ )?${CREDENTIAL}\b`,
  'i'
)
/** Not a feature that an organization has disabled. */
const STANDING = new RegExp(
  String.raw`\b(organi[sz]ation|workspace|account)\b( (of|for|behind) \w+ \w+)? (has been|have been|is|was) (currently )?${DEAD}\b`,
  'i'
)
/** What a conversation keeps or references upstream. */
const KEPT = /\b(files?|containers?|threads?|skills?|vaults?|user profiles?|sessions?|environments?)\b/i
/** A 429 without any detail. */
const BARE = /^(error\.?)?$/i

/**
 * The table, to be held against the API's list of errors (WIRE 1.4, 1.5 and 11; the SDK's core/error-classes.ts). The first row
 * that fits decides.
 */
// oxfmt-ignore
const TABLE: readonly (readonly [Sight, RulingName])[] = [
  // Error codes are the most specific.
  [{ code: PAYER },                                                           'own payer'],
  [{ code: ENROLMENT },                                                       'feature'],
  [{ code: KEY_IS_DEAD },                                                     'credential refused'],
  [{ code: STANDING_CODES },                                                  'money or standing'],
  [{ code: KEYS_AWAY },                                                       'server error'],
  [{ code: ['compaction_unavailable'] },                                      'compaction'],
  // Billing and account standing, whatever the status.
  [{ status: [400, 402, 403, 429], type: 'billing_error' },                   'money or standing'],
  [{ status: [400, 402, 403, 429], saysItself: OUT_OF_MONEY },                'money or standing'],
  [{ status: [402] },                                                         'money or standing'],
  // Limits.
  [{ status: [429], says: NEEDS_EXTRA },                                      'feature'],
  [{ code: ['ramp_limit_exceeded'] },                                         'limit of a family'],
  [{ status: [429], limits: 'nothing', invitesRetry: true },                  'passing limit'],
  [{ status: [429], limits: 'nothing', says: BARE },                          'passing limit'],
  [{ status: [429], limits: 'speed' },                                        'limit of a speed'],
  [{ status: [429], limits: 'account' },                                      'limit of the account'],
  [{ status: [429] },                                                         'limit of a family'],
  [{ status: [529] },                                                         'overload'],
  [{ status: [500, 502, 503, 504], type: 'overloaded_error' },                'overload'],
  // The credential, and what it may do.
  [{ status: [401], isSignIn: true },                                         'credential refused'],
  [{ status: [401] },                                                         'credential in doubt'],
  [{ status: [403], type: null },                                             'server error'],
  [{ status: [403], type: 'authentication_error' },                           'credential refused'],
  [{ status: [403], says: FEATURE },                                          'feature'],
  [{ status: [403], says: MODEL_OR_RESOURCE },                                'not permitted'],
  [{ status: [403], says: CREDENTIAL_IS_DEAD },                               'credential refused'],
  [{ status: [403], says: STANDING },                                         'credential refused'],
  [{ status: [403], says: NOT_ENABLED },                                      'feature'],
  [{ status: [403] },                                                         'not permitted'],
  // Not found. A 404 not in the API's shape means that another server answers at that address.
  [{ status: [404], type: null },                                             'server error'],
  [{ status: [404], type: 'not_found_error', says: KEPT },                    'bad request'],
  [{ status: [404], code: ['thread_not_found', 'file_expired'] },             'bad request'],
  [{ status: [404], type: 'not_found_error' },                                'lacks the model'],
  [{ status: [400], says: NOT_FOR_THIS_ACCOUNT },                             'feature'],
  // A redirect is never followed: it would carry the credential to wherever it points. A 407 is the proxy's.
  [{ status: 'not a response' },                                               'server error'],
  [{},                                                                        'bad request']
]

export interface JudgedRequest {
  /** The model's name at the account. */
  model: string
  /** `fast`, or null for the usual one. */
  speed: string | null
  /** The request's JSON in pieces; null when it is gone. */
  body: readonly Buffer[] | 'compressed' | null
  /** The account is somebody's sign-in, whose tokens were renewed before they were refused for good. */
  isSignIn: boolean
}

/** What an error response means. Never throws. */
export function verdictOfRefusal(refusal: UpstreamRefusal, asked: JudgedRequest, nowMs: number): Verdict {
  const error = readUpstreamError(refusal)
  const limit = namedLimit(error.headers, { family: modelFamily(asked.model), speed: asked.speed }, nowMs)
  const [, ruling] = TABLE.find(([sight]) => fits(sight, error, asked, limit))!
  const { consequence } = RULINGS[ruling]
  const until = consequence === 'overloaded' ? readRetryAt(error.headers, nowMs) : limit.until
  return {
    ...verdict(ruling, describeUpstreamError(error)),
    until: consequence === 'rate_limit' || consequence === 'billing' || consequence === 'overloaded' ? until : null,
    family: ruling === 'limit of a family' ? limit.family : null
  }
}

/** A verdict on what was seen otherwise than by an error response. */
export function verdict(ruling: RulingName, reason: string): Verdict {
  return { ...RULINGS[ruling], ruling, until: null, family: null, reason }
}

/** Failures seen without the upstream. */
const OUR_OWN: readonly RulingName[] = ['own patience', 'no credential', 'sign-in ended']

/** Whether the upstream itself answered, so the network works. */
export const hasAnswered = ({ fault, ruling }: Verdict) => fault !== 'network' && !OUR_OWN.includes(ruling)

function fits(sight: Sight, error: UpstreamError, asked: JudgedRequest, limit: NamedLimit): boolean {
  const { status, type, code, says, saysItself, limits } = sight
  if (status !== undefined && !(status === 'not a response' ? isNoResponse(error.status) : status.includes(error.status)))
    return false
  if (type !== undefined && type !== error.type) return false
  if (code !== undefined && (error.code === null || !code.includes(error.code))) return false
  if (says !== undefined && !says.test(error.message)) return false
  if (limits !== undefined && (limits === 'nothing' ? !limitsNothing(limit) : limits !== limit.scope)) return false
  if (sight.invitesRetry === true && error.headers['x-should-retry'] !== 'true') return false
  if (sight.isSignIn === true && !asked.isSignIn) return false
  return saysItself === undefined || isOwnWording(saysItself, error.message, asked.body)
}

const limitsNothing = ({ until, scope, family }: NamedLimit) => until === null && family === null && scope !== 'account'

const isNoResponse = (status: number) => status >= 500 || status < 400 || status === 407

/** A message may begin with a field name that a user made up. */
function isOwnWording(wording: RegExp, message: string, body: JudgedRequest['body']): boolean {
  const words = wording.exec(message)?.[0]
  return words !== undefined && body !== 'compressed' && (body === null || !mayContain(body, words))
}
