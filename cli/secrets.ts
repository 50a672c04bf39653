import { Command } from 'commander'
import { counted } from '../services/platform/counted.ts'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { withAdmin } from './admin-client.ts'
import { confirm } from './confirm.ts'
import { OperationError } from './failures.ts'
import { YES, type Common } from './operated-rows.ts'

const WHAT_GOES =
  'All stored secrets will be sealed with the first key of SLUICE_SECRET_KEY, or a new one in DATA_DIR/secret-key, and the old key will be gone. ' +
  'Older backups can only be opened with the old key: keep a copy of it for as long as you keep them.'

interface Rotation {
  resealed: number
  current: number
  unreadable: { name: string; reason: string }[]
  new_key: boolean
}

export function secretsCommand(): Command {
  const secrets = new Command('secrets').description('Manages the encryption of stored secrets')
  secrets
    .command('rotate')
    .description('Re-encrypts all stored secrets with the first key of SLUICE_SECRET_KEY, or with a new key if that is not set')
    .option('--json', 'print JSON', false)
    .option(...YES)
    .action(async ({ json, yes = false }: Common) => {
      await confirm(WHAT_GOES, yes)
      await withAdmin(readSettings(process.env), async (ask) => {
        const rotation = (await ask('POST', '/secrets/rotate')) as Rotation
        if (json) console.log(JSON.stringify(rotation, null, 2))
        else printRotation(rotation)
        const { length } = rotation.unreadable
        if (length > 0) {
          throw new OperationError(
            `${counted(length, 'secret')} cannot be opened with the keys given: give the old keys too, or new credentials (docs/accounts.md)`
          )
        }
      })
    })
  return secrets
}

function printRotation({ resealed, current, unreadable, new_key: isOwn }: Rotation): void {
  console.log(`${counted(resealed, 'secret')} re-encrypted, ${current} already used the current key.`)
  for (const { name, reason } of unreadable) console.log(`  ${name}: ${reason}`)
  if (unreadable.length > 0) return
  console.log(
    isOwn
      ? 'The old key is gone. Older backups need it.'
      : 'Only the first key of SLUICE_SECRET_KEY is needed from now on; older backups need the others.'
  )
}
