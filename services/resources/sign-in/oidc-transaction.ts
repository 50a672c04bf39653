import type { Clock } from '../../platform/clock.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import { SignInRefused } from './sign-in-refused.ts'

const SEALED_AS = 'oidc-transaction'
/** How long somebody may take at the provider. */
export const TRANSACTION_MS = 10 * 60_000

/** What is needed to complete a begun sign-in; only for the person's browser. */
export interface OidcTransaction {
  state: string
  nonce: string
  verifier: string
  /** The page of the console to go on to; null if they did not come from there. */
  returnTo: string | null
}

/** Prefix of the state of sign-ins begun for the console. Forging it only changes the form in which a failure is shown. */
export const FOR_CONSOLE = 'console.'

/** Whether a provider's redirect belongs to a sign-in begun for the console. */
export const isForConsole = (query: string) => new URLSearchParams(query).get('state')?.startsWith(FOR_CONSOLE) === true

/**
 * Seals what a sign-in needs when its person comes back, so that any replica, and nobody else, can finish what another has begun.
 */
export function createTransactionSeal({ secretBox, clock }: { secretBox: SecretBox; clock: Pick<Clock, 'now'> }) {
  function read(sealed: string): (OidcTransaction & { endsAt: number }) | null {
    try {
      return JSON.parse(secretBox.open(Buffer.from(sealed, 'base64url'), SEALED_AS)) as OidcTransaction & { endsAt: number }
    } catch {
      return null
    }
  }

  return {
    /** As base64url. */
    seal(transaction: OidcTransaction): string {
      const sealed = secretBox.seal(JSON.stringify({ ...transaction, endsAt: clock.now() + TRANSACTION_MS }), SEALED_AS)
      return sealed.toString('base64url')
    },
    /** Throws 401 when it was not sealed here, or has expired. */
    open(sealed: string): OidcTransaction {
      const found = read(sealed)
      if (found !== null) {
        const { endsAt, ...transaction } = found
        const leftMs = endsAt - clock.now()
        // More time left than possible: the clock was set back since, and it may have expired long ago.
        if (leftMs > 0 && leftMs <= TRANSACTION_MS) return transaction
      }
      const message = 'this sign-in was not started here or has expired: start again'
      throw new SignInRefused('expired', 401, 'authentication_error', message)
    },
    /** Where its person wanted to go, even when expired: they start again from there. */
    returnToOf: (sealed: string): string | null => read(sealed)?.returnTo ?? null
  }
}
