import type { ClientKeyRecord } from '../../resources/records/client-keys.ts'
import type { BillingEligibility } from './billing-eligibility.ts'

/** Settlements are far apart: two in a row do not fall into readings. */
const MAX_READS = 3

interface KeyReadingOptions {
  /** Null when there is no such key. */
  find: (hash: Buffer) => Promise<ClientKeyRecord | null>
  eligibility: Pick<BillingEligibility, 'mark' | 'learnFrom'>
}

/** Reads client keys, so that the balance and windows that come with them are known as of one settlement. */
export function createKeyReading({ find, eligibility }: KeyReadingOptions) {
  return async (hash: Buffer): Promise<ClientKeyRecord | null> => {
    for (let tries = 1; ; tries++) {
      const mark = eligibility.mark()
      const record = await find(hash)
      // What was settled meanwhile may not include a change to the balance that this reading is to bring.
      if (record === null || eligibility.learnFrom(record, mark) || tries === MAX_READS) return record
    }
  }
}
