import { Command } from 'commander'
import { readSettings } from '../services/resources/set-up/settings.ts'
import { withAdmin } from './admin-client.ts'
import { OperationError } from './failures.ts'

interface Rotation {
  resealed: number
  current: number
  unreadable: { name: string; reason: string }[]
  new_key: boolean
}

export function secretsCommand(): Command {
  const secrets = new Command('secrets').description('Looks after the encryption of stored secrets')
  secrets
    .command('rotate')
    .description(
      'Seals all stored secrets with the first key of SLUICE_SECRET_KEY; without that setting, with a new key made for it'
    )
    .option('--json', 'print JSON', false)
    .action(({ json }: { json: boolean }) =>
      withAdmin(readSettings(process.env), async (ask) => {
        const rotation = (await ask('POST', '/secrets/rotate')) as Rotation
        if (json) console.log(JSON.stringify(rotation, null, 2))
        else printRotation(rotation)
        const { length } = rotation.unreadable
        if (length > 0) {
          const secrets = length === 1 ? '1 secret' : `${length} secrets`
          throw new OperationError(
            `${secrets} cannot be opened with the keys given: give the old keys too, or new credentials (docs/accounts.md)`
          )
        }
      })
    )
  return secrets
}

function printRotation({ resealed, current, unreadable, new_key: isOwn }: Rotation): void {
  console.log(`${resealed} sealed anew, ${current} were sealed with the current key already.`)
  for (const { name, reason } of unreadable) console.log(`  ${name}: ${reason}`)
  if (unreadable.length > 0) return
  console.log(isOwn ? 'The old key is gone.' : 'Only the first key of SLUICE_SECRET_KEY is needed from now on.')
}
