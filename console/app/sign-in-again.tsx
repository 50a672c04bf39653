import { Anchor, Button, Divider, Modal, Stack, Text } from '@mantine/core'
import { useWindowEvent } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { $api } from '../api/client.ts'
import { SIGNED_IN_PATH, useSignedInElsewhere } from './other-tabs.ts'
import { PasswordForm } from './password-form.tsx'
import { providerUrl } from './providers.ts'
import { askForSession, forgetSession, useSessionEnded, type Session } from './session.ts'

/** Above all other dialogs, which stay as they are below it. */
const Z_INDEX = 10_000

/**
 * Over a page whose session has ended: whoever it was shown to signs in again, and finds it as it was, with what they had typed. Whoever else signs
 * in begins anew.
 */
export function SignInAgain({ session }: { session: Session }) {
  const hasEnded = useSessionEnded()
  const queries = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()

  async function lookAgain() {
    const now = await askForSession(queries)
    if (now === null) return
    if (now.name !== session.name || now.role !== session.role) {
      forgetSession(queries)
      await navigate({ to: '/', reloadDocument: true })
      return
    }
    await Promise.all([queries.invalidateQueries(), router.invalidate()])
  }
  // They may have signed in in another tab meanwhile.
  function lookIfEnded() {
    if (hasEnded) void lookAgain()
  }
  useWindowEvent('focus', lookIfEnded)
  useSignedInElsewhere(lookIfEnded)

  async function startOver() {
    forgetSession(queries)
    await navigate({ to: '/sign-in' })
  }

  return (
    <Modal
      opened={hasEnded}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="Sign in to Sluice again"
      zIndex={Z_INDEX}
      overlayProps={{ blur: 6 }}
    >
      {/* A dialog below would take the key for itself, and what was typed there would be gone. */}
      <div onFocus={({ target }) => target.setAttribute('data-mantine-stop-propagation', 'true')}>
        <Stack>
          <Text size="sm">Your session has ended. Nothing on the page is lost.</Text>
          <Ways session={session} onSignedIn={lookAgain} />
          <Anchor component="button" type="button" size="sm" onClick={() => void startOver()}>
            Leave the page and sign in as somebody else
          </Anchor>
        </Stack>
      </div>
    </Modal>
  )
}

function Ways({ session: { name, is_user: isUser }, onSignedIn }: { session: Session; onSignedIn: () => Promise<void> }) {
  const ways = $api.useQuery('get', '/me/v1/sign-in')
  if (!isUser) {
    return (
      <>
        <Text size="sm">
          You came by a link: run <code>npx sluice console</code> on the machine of Sluice, open its link in another tab of this
          browser, and come back.
        </Text>
        <Button onClick={() => void onSignedIn()}>I have done that</Button>
      </>
    )
  }
  return (
    <>
      {ways.data?.oidc === true ? (
        <>
          <Button component="a" href={providerUrl(SIGNED_IN_PATH)} target="_blank">
            Sign in with your organisation, in another tab
          </Button>
          <Divider label="or with a password" />
        </>
      ) : null}
      <PasswordForm email={name} onSignedIn={onSignedIn} />
    </>
  )
}
