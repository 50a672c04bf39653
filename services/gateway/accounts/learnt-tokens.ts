import { tokensFingerprint, type OauthTokens } from '../../resources/accounts/credentials.ts'

interface LearntTokens {
  /** The newest tokens of an account of which a record, perhaps read a while ago, says `onRecord`. */
  newest: (accountId: string, onRecord: OauthTokens | null) => OauthTokens | null
  /** `tokens` came in place of those with the fingerprint `replaced`. */
  learn: (accountId: string, tokens: OauthTokens, replaced: string) => void
  forget: (accountId: string) => void
}

/** Requests may hold an account for as long as they wait for a slot; tokens replaced earlier than that are asked for no more. */
const MOST_REPLACED = 16

/**
 * Tokens that are newer than what readers of the accounts may still have. A record that shows neither these nor what they
 * replaced is newer than they are, such as an operator's sign-in, and makes them forgotten.
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
