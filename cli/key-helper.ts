import { Command } from 'commander'
import { UsageError } from './failures.ts'
import { currentSignIn, signIn, signOut } from './key-helper/sign-in.ts'
import { printResult } from './print-result.ts'
import { isInTheClear } from './remote-server.ts'

interface Common {
  json: boolean
}

export const KEY_HELPER = 'key-helper'

/** For the `apiKeyHelper` of Claude Code. It needs no settings but the server's URL, and no secret of the server's. */
export function keyHelperCommand(): Command {
  const helper = new Command(KEY_HELPER).description('Prints short-lived keys of whoever is signed in on this machine')
  helper.addCommand(
    new Command('print')
      .description('Prints a key that is good for five minutes at least, and a new one when the last is nearly over')
      .option('--json', 'print JSON', false)
      .action(async ({ json }: Common) => {
        const { url, accessToken, expiresAt, email } = await currentSignIn(serverFrom(process.env))
        printResult({ url, email, key: accessToken, expires_at: new Date(expiresAt).toISOString() }, json, ({ key }) =>
          console.log(key)
        )
      }),
    { isDefault: true }
  )
  helper.addCommand(
    new Command('login')
      .description('Signs in: prints a link and a code, and waits until you have approved it in the console')
      .option('--json', 'print JSON', false)
      .action(async ({ json }: Common) => {
        const { url, email } = await signIn(serverFrom(process.env), ({ userCode, pageWithCode, page, expiresInMs }) => {
          console.error(`Open ${pageWithCode}`)
          if (pageWithCode !== page) console.error(`(or ${page} on another device)`)
          console.error(`and approve it there if it shows this code:\n\n    ${userCode}\n`)
          console.error(`Waiting, for ${Math.round(expiresInMs / 60_000)} minutes at most …`)
        })
        printResult({ url, email }, json, () => console.log(`Signed in at ${url}${email === null ? '' : ` as ${email}`}.`))
      })
  )
  helper.addCommand(
    new Command('logout')
      .description('Signs out: ends the sign-in at the server, and forgets it here')
      .option('--json', 'print JSON', false)
      .action(async ({ json }: Common) => {
        const url = serverFrom(process.env)
        const wasSignedIn = await signOut(url)
        printResult({ url, signed_out: wasSignedIn }, json, () =>
          console.log(wasSignedIn ? `Signed out at ${url}.` : `You were not signed in at ${url}.`)
        )
      })
  )
  return helper
}

/** The server's URL without a slash at its end. Throws UsageError. */
function serverFrom({ SLUICE_URL: given = '' }: NodeJS.ProcessEnv): string {
  if (given === 'local') throw new UsageError(`${KEY_HELPER} needs a server: name one with --url, and leave out --local`)
  const url = URL.parse(given)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      given === '' ? 'name the server with --url or SLUICE_URL' : 'SLUICE_URL must be the https:// URL of a server'
    )
  }
  if (isInTheClear(url)) throw new UsageError(`${url.origin} must be https: keys would go there in the clear`)
  if (url.username !== '' || url.password !== '') throw new UsageError('the URL of the server must have no user or password')
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}
