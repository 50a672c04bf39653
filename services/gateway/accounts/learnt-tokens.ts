import { tokensFingerprint, type OauthTokens } from '../../resources/accounts/credentials.ts'

interface LearntTokens {
  /** The newest tokens of an account of which a record, perhaps read a while ago, says `onRecord`. */
  newest: (accountId: string, onRecord: OauthTokens | null) => OauthTokens | null
  /** `tokens` came in place of those with the fingerprint `replaced`. */
  learn: (accountId: string, tokens: OauthTokens, replaced: string) => void
  forget: (accountId: string) => void
}

/** Requests may hold an account for as long as they wait for a slot; nobody asks for tokens replaced earlier than that. */
const MOST_REPLACED = 16

/**
 * Tokens newer than those that readers of the accounts may still have. A record with neither these nor the tokens they replaced
 * is newer still, such as an operator's sign-in; then they are forgotten.
 */
export function createLearntTokens(): LearntTokens {
  const learnt = new Map<string, { tokens: OauthTokens; fingerprint: string; replaced: string[] }>()

  return {
    newest(accountId, onRecord) {
      const known = learnt.get(accountId)
      if (known === undefined) return onRecord
      if (onRecord !== null) {
        const fingerprint = tokensFingerprint(onRecord)
        if (fingerprint === known.fingerprint || known.replaced.includes(fingerprint)) return known.tokens
      }
      learnt.delete(accountId)
      return onRecord
    },

    learn(accountId, tokens, replaced) {
      const fingerprint = tokensFingerprint(tokens)
      const known = learnt.get(accountId)
      const before = known === undefined ? [] : [...known.replaced, known.fingerprint]
      const all = new Set([...before, replaced])
      learnt.set(accountId, { tokens, fingerprint, replaced: [...all].slice(-MOST_REPLACED) })
    },

    forget(accountId) {
      learnt.delete(accountId)
    }
  }
}
