import { useEffect, useEffectEvent } from 'react'
import { BASE_PATH } from '../api/client.ts'

/** Where a tab ends up that was opened only to sign in. */
export const SIGNED_IN_PATH = '/signed-in-again'

/** Of this console, and of no other one on the same host. */
const CHANNEL = `sluice-session ${BASE_PATH}`

/** Tells the other tabs of this browser that somebody has signed in. */
export function tellSignedIn(): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.postMessage('signed in')
  channel.close()
}

/** Runs `act` when somebody has signed in in another tab. */
export function useSignedInElsewhere(act: () => void): void {
  const onMessage = useEffectEvent(act)
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL)
    channel.addEventListener('message', () => onMessage())
    return () => channel.close()
  }, [])
}
