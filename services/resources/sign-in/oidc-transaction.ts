import type { Clock } from '../../platform/clock.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import { SignInRefused } from './sign-in-refused.ts'

const SEALED_AS = 'oidc-transaction'
/** How long somebody may take at the provider. */
export const TRANSACTION_MS = 10 * 60_000

/** What a sign-in that has begun must be completed with; for the person's browser alone. */
export interface OidcTransaction {
  state: string
  nonce: string
  verifier: string
  /** The page of the console to go on to; null for whoever did not come from there. */
  returnTo: string | null
}

/** Begins the state of what was begun for the console. Whoever makes that up is told in another form why it failed, and nothing else. */
export const FOR_CONSOLE = 'console.'

/** Whether what the provider sent somebody back with belongs to a sign-in that was begun for the console. */
export const isForConsole = (query: string) => new URLSearchParams(query).get('state')?.startsWith(FOR_CONSOLE) === true

/** Seals what a sign-in needs when its person comes back, so that any replica may finish what another has begun, and nobody else. */
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
    /** Throws 401 for what is not sealed here, or is over. */
    open(sealed: string): OidcTransaction {
      const found = read(sealed)
      if (found !== null) {
        const { endsAt, ...transaction } = found
        const leftMs = endsAt - clock.now()
        // More than there ever was: the clock was set back since, and it may be over long ago.
        if (leftMs > 0 && leftMs <= TRANSACTION_MS) return transaction
      }
      const message = 'this sign-in was not started here or has expired: start again'
      throw new SignInRefused('expired', 401, 'authentication_error', message)
    },
    /** Where its person wanted to go, also when it is over: they start again from there. */
    returnToOf: (sealed: string): string | null => read(sealed)?.returnTo ?? null
  }
}
