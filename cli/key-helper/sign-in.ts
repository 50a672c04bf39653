import { setTimeout as delay } from 'node:timers/promises'
import { OperationError } from '../failures.ts'
import { oneAtATime, readSignIn, removeSignIn, writeSignIn, type KeptSignIn } from './kept-sign-in.ts'
import { askForTokens, beginSignIn, renewTokens, revokeToken, type BegunLogin, type Tokens } from './oauth-client.ts'

/** A key that is handed out is good for at least so long: Claude Code asks for another that often. */
const LEAST_LEFT_MS = 5 * 60_000
/** By how much a server may have its clients slow down, each time. */
const SLOWER_MS = 5000
const MOST_SKEW_MS = 60_000

const toKeep = (url: string, { accessToken, refreshToken, expiresInMs, email }: Tokens): KeptSignIn => {
  const issuedAt = Date.now()
  return { url, refreshToken, accessToken, issuedAt, expiresAt: issuedAt + expiresInMs, email }
}

/** 0 where the clock was set back since: it may be over. */
function leftMs({ issuedAt, expiresAt }: KeptSignIn): number {
  const now = Date.now()
  return now < issuedAt - MOST_SKEW_MS ? 0 : expiresAt - now
}

const howTo = (url: string) => `sluice key-helper login --url ${url}`

/**
 * Signs in with somebody's help, in the place of who was signed in before.
 *
 * @param tell is told where to let it in
 */
export async function signIn(url: string, tell: (begun: BegunLogin) => void): Promise<KeptSignIn> {
  const begun = await beginSignIn(url)
  tell(begun)
  const kept = toKeep(url, await waitForTokens(url, begun))
  return await oneAtATime(url, async () => {
    const before = await readSignIn(url)
    await writeSignIn(kept)
    if (before !== null) await revokeToken(url, before.refreshToken).catch(() => {})
    return kept
  })
}

async function waitForTokens(url: string, { deviceCode, expiresInMs, intervalMs }: BegunLogin): Promise<Tokens> {
  const deadline = performance.now() + expiresInMs
  let pauseMs = Math.max(intervalMs, 1000)
  while (performance.now() < deadline) {
    await delay(pauseMs)
    const result = await askForTokens(url, deviceCode)
    if (result.is === 'given') return result.tokens
    // It can come back: the code is good until it ends.
    if (result.is === 'away') continue
    if (result.error === 'slow_down') pauseMs += SLOWER_MS
    else if (result.error === 'access_denied') throw new OperationError('the sign-in was denied in the console')
    else if (result.error === 'expired_token') break
    else if (result.error !== 'authorization_pending') throw new OperationError(result.words)
  }
  throw new OperationError('nobody approved the sign-in in time: start again')
}

/** Who is signed in, with a key that is good for five minutes at least. Rejects with OperationError. */
export async function currentSignIn(url: string): Promise<KeptSignIn> {
  const kept = await readSignIn(url)
  if (kept !== null && leftMs(kept) >= LEAST_LEFT_MS) return kept
  if (kept === null) throw new OperationError(`you are not signed in at ${url}: run ${howTo(url)}`)
  return await oneAtATime(url, async () => {
    // Another process may have seen to it meanwhile.
    const now = await readSignIn(url)
    return now !== null && leftMs(now) >= LEAST_LEFT_MS ? now : await renew(now ?? kept)
  })
}

async function renew(kept: KeptSignIn): Promise<KeptSignIn> {
  const { url, refreshToken } = kept
  const result = await renewTokens(url, refreshToken)
  if (result.is === 'given') {
    const renewed = { ...toKeep(url, result.tokens), email: result.tokens.email ?? kept.email }
    // The key is good all the same, and the next time there is another.
    await writeSignIn(renewed).catch((error: unknown) => console.error(`warning: ${(error as Error).message}`))
    return renewed
  }
  if (result.is === 'refused' && result.error === 'invalid_grant') {
    // Shown again and again, it would count as guessing.
    await removeSignIn(url)
    throw new OperationError(`the sign-in at ${url} has ended: run ${howTo(url)}`)
  }
  if (leftMs(kept) > 0) return kept
  throw result.is === 'away' ? result.error : new OperationError(result.words)
}

/** Ends the sign-in here, and at the server. False where there was none. Rejects with OperationError where the server cannot be told. */
export async function signOut(url: string): Promise<boolean> {
  return await oneAtATime(url, async () => {
    const kept = await readSignIn(url)
    await removeSignIn(url)
    if (kept === null) return false
    try {
      await revokeToken(url, kept.refreshToken)
    } catch (error) {
      throw new OperationError(
        `the sign-in is gone from this machine, but not ended: end it in the console, under Sessions (${(error as Error).message})`,
        { cause: error }
      )
    }
    return true
  })
}
