import {
  AppShell,
  Badge,
  Burger,
  Group,
  Menu,
  NavLink,
  ScrollArea,
  Text,
  UnstyledButton,
  VisuallyHidden,
  useMantineColorScheme
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Spotlight, spotlight, type SpotlightActionData } from '@mantine/spotlight'
import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useLocation, useNavigate, useRouteContext } from '@tanstack/react-router'
import { api } from '../api/client.ts'
import { useIsInTeam } from '../parts/use-own-teams.ts'
import { OfflineNotice } from './offline.tsx'
import { MY_TEAMS, OPERATOR_PAGES, OWN_PAGES, type PageLink } from './pages.ts'
import { forgetSession, isOperator, type Session } from './session.ts'
import { SignInAgain } from './sign-in-again.tsx'

/** The frame of all pages: where to go, who is signed in, and a way out. */
export function Shell() {
  const { session } = useRouteContext({ from: '/signed-in' })
  const [isOpen, { toggle, close }] = useDisclosure()
  const navigate = useNavigate()
  const sections = sectionsOf(session, useIsInTeam(session.is_user))
  const actions: SpotlightActionData[] = sections.flatMap(({ pages }) =>
    pages.map(({ to, label, about }) => ({ id: to, label, description: about, onClick: () => void navigate({ to }) }))
  )
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'md' }}
    >
      <AppShell.Header px="sm">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Pages" aria-expanded={isOpen} />
            <Text fw={700}>Sluice</Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <UnstyledButton onClick={spotlight.open} visibleFrom="sm">
              <Text size="sm" c="dimmed">
                Go to … <kbd>⌘K</kbd>
              </Text>
            </UnstyledButton>
            <Who session={session} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        <ScrollArea>
          {sections.map(({ title, pages }) => (
            <div key={title}>
              {sections.length > 1 ? (
                <Text size="xs" c="dimmed" mt="xs" mb={4} px="xs">
                  {title}
                </Text>
              ) : null}
              {pages.map((page) => (
                <PageEntry key={page.to} page={page} onGo={close} />
              ))}
            </div>
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main>
        <OfflineNotice />
        <Outlet />
      </AppShell.Main>
      <Spotlight
        actions={actions}
        shortcut={['mod + K']}
        nothingFound="No such page"
        searchProps={{ placeholder: 'Go to …', 'aria-label': 'Go to' }}
      />
      <SignInAgain session={session} />
    </AppShell>
  )
}

function sectionsOf(session: Session, isInTeam: boolean) {
  return [
    { title: 'Operate', pages: isOperator(session) ? OPERATOR_PAGES : [] },
    { title: 'Mine', pages: session.is_user ? (isInTeam ? [...OWN_PAGES, MY_TEAMS] : OWN_PAGES) : [] }
  ].filter(({ pages }) => pages.length > 0)
}

function PageEntry({ page: { to, label }, onGo }: { page: PageLink; onGo: () => void }) {
  const { pathname } = useLocation()
  const isHere = pathname === to || pathname.startsWith(`${to}/`)
  return (
    <NavLink
      component={Link}
      to={to}
      label={label}
      active={isHere}
      aria-current={isHere ? 'page' : undefined}
      onClick={onGo}
      py={6}
    />
  )
}

function Who({ session }: { session: Session }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  async function signOut() {
    await api.POST('/me/v1/sign-out')
    forgetSession(queries)
    await navigate({ to: '/sign-in' })
  }
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton>
          <VisuallyHidden>Signed in as</VisuallyHidden>
          <Group gap={6} wrap="nowrap">
            <Text size="sm" maw={{ base: 140, sm: 300 }} truncate>
              {session.name}
            </Text>
            <Badge variant="light" size="sm">
              {session.role}
            </Badge>
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Appearance</Menu.Label>
        {(['auto', 'light', 'dark'] as const).map((scheme) => (
          <Menu.Item key={scheme} onClick={() => setColorScheme(scheme)} aria-current={scheme === colorScheme}>
            {scheme === 'auto' ? 'As the system' : scheme === 'light' ? 'Light' : 'Dark'}
            {scheme === colorScheme ? ' ✓' : ''}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
