import type { Clock } from '../../platform/clock.ts'
import { GatewayError } from '../../platform/gateway-errors.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import type { OidcTransaction } from './oidc.ts'

const SEALED_AS = 'oidc-transaction'
/** How long somebody may take at the provider. */
export const TRANSACTION_MS = 10 * 60_000

/** Seals what a sign-in needs when its person comes back, so that any replica may finish what another has begun, and nobody else. */
export function createTransactionSeal({ secretBox, clock }: { secretBox: SecretBox; clock: Pick<Clock, 'now'> }) {
  return {
    /** As base64url. */
    seal(transaction: OidcTransaction): string {
      const sealed = secretBox.seal(JSON.stringify({ ...transaction, endsAt: clock.now() + TRANSACTION_MS }), SEALED_AS)
      return sealed.toString('base64url')
    },
    /** Throws 401 for what is not sealed here, or is over. */
    open(sealed: string): OidcTransaction {
      try {
        const text = secretBox.open(Buffer.from(sealed, 'base64url'), SEALED_AS)
        const { endsAt, ...transaction } = JSON.parse(text) as OidcTransaction & { endsAt: number }
        const leftMs = endsAt - clock.now()
        // More than there ever was: the clock was set back since, and it may be over long ago.
        if (leftMs > 0 && leftMs <= TRANSACTION_MS) return transaction
      } catch {
        // As one that is over.
      }
      throw new GatewayError(401, 'authentication_error', 'this sign-in was not started here or has expired: start again')
    }
  }
}
