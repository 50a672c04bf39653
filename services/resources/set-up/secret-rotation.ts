import type { Queryable } from '../../platform/database/queryable.ts'
import {
  findSealedSecret,
  listSealedSecrets,
  replaceSealedSecret,
  type SealedSecret,
  type SecretKind
} from '../records/sealed-secrets.ts'
import { addSecretKey, dropOldSecretKeys } from '../../platform/secret-key-file.ts'
import type { SecretBox } from '../../platform/secrets.ts'

interface SecretRotation {
  /** How many secrets were sealed again. */
  resealed: number
  /** How many were already sealed with the current key. */
  current: number
  /** What none of the keys can open, such as `account main`, and why. It stays as it is. */
  unreadable: { name: string; reason: string }[]
}

interface SecretRotationOptions {
  box: SecretBox
  /** The new sealing key; by default, the first key of the box. */
  newKey?: string
}

const KINDS: readonly SecretKind[] = ['account', 'proxy']

/**
 * Seals every stored secret with the current key, one by one: interrupted at any point, each secret is sealed with one key or the
 * other, and running it again continues. Safe beside a server that stores renewed credentials meanwhile.
 */
export async function rotateSecrets(db: Queryable, { box, newKey }: SecretRotationOptions): Promise<SecretRotation> {
  if (newKey !== undefined) box.addKey(newKey)
  const rotation: SecretRotation = { resealed: 0, current: 0, unreadable: [] }
  for (const kind of KINDS) {
    for (const secret of await listSealedSecrets(db, kind)) await reseal(db, box, kind, secret, rotation)
  }
  return rotation
}

/**
 * The same with a new key in the key file of `dataDir`, for an installation that generates its own keys and has its database
 * there too. The old keys stay in the file while they may be needed: they are removed once everything is sealed with the new one.
 */
export async function rotateGeneratedSecretKey(
  db: Queryable,
  { box, dataDir }: { box: SecretBox; dataDir: string }
): Promise<SecretRotation> {
  const newKey = addSecretKey(dataDir)
  const rotation = await rotateSecrets(db, { box, newKey })
  if (rotation.unreadable.length > 0) return rotation
  dropOldSecretKeys(dataDir, newKey)
  return rotation
}

async function reseal(db: Queryable, box: SecretBox, kind: SecretKind, secret: SealedSecret, rotation: SecretRotation) {
  // Each further round means that something newer was stored meanwhile, which is then handled instead.
  for (let found: SealedSecret | null = secret; found !== null; found = await findSealedSecret(db, kind, secret.id)) {
    if (box.isCurrent(found.sealed)) {
      rotation.current++
      return
    }
    const context = `${kind}:${found.name}`
    let opened
    try {
      opened = box.open(found.sealed, context)
    } catch (error) {
      rotation.unreadable.push({ name: `${kind} ${found.name}`, reason: (error as Error).message })
      return
    }
    if (await replaceSealedSecret(db, kind, found, box.seal(opened, context))) {
      rotation.resealed++
      return
    }
  }
}
