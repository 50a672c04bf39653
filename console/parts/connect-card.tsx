import { Alert, Button, Group, Paper, Stack, Tabs, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { BaseUrl, useBaseUrl } from './base-url.tsx'
import {
  ccSwitchLink,
  claudeCodePowerShell,
  claudeCodeSettings,
  claudeCodeShell,
  curlLine,
  pythonLines,
  typeScriptLines,
  type Connection
} from './connect-lines.ts'
import { CopyLine } from './copy.tsx'

export interface ConnectCardProps {
  /** Of the key. */
  name: string
  /** The new key itself, which nobody can show again; null for one whose holder has it already. */
  secret: string | null
  /** It is for whoever sees it: there is nobody to hand it over to. */
  isOwn?: boolean
  /** The ID of a model that the key may use. */
  model?: string
  /** Below, such as a button that tries the key. */
  children?: ReactNode
}

const STANDS_FOR_KEY = 'YOUR-KEY'

/** How to connect with a key: what to type for Claude Code, the SDKs, curl and CC Switch. */
export function ConnectCard({ name, secret, isOwn = false, model = 'claude-haiku-5-5', children }: ConnectCardProps) {
  const [baseUrl] = useBaseUrl()
  const to = { baseUrl, key: secret ?? STANDS_FOR_KEY }
  return (
    <Paper withBorder p="sm" component="section" aria-label={`How to connect with ${name}`}>
      <Stack gap="sm">
        {secret === null ? (
          <Text size="sm">Put the key where it says {STANDS_FOR_KEY}.</Text>
        ) : (
          <Alert variant="light" title={`The key ${name}`}>
            <Stack gap="xs">
              <Text size="sm">
                This is the only time that it is shown. {isOwn ? 'Keep it as you keep a password.' : 'Hand it over privately.'}
              </Text>
              <CopyLine text={secret} label="key" />
            </Stack>
          </Alert>
        )}
        <BaseUrl />
        <Tabs defaultValue="claude-code" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="claude-code">Claude Code</Tabs.Tab>
            <Tabs.Tab value="sdks">SDKs</Tabs.Tab>
            <Tabs.Tab value="curl">curl</Tabs.Tab>
            {secret === null ? null : <Tabs.Tab value="cc-switch">CC Switch</Tabs.Tab>}
          </Tabs.List>
          <Tabs.Panel value="claude-code" pt="xs">
            <ClaudeCode to={to} />
          </Tabs.Panel>
          <Tabs.Panel value="sdks" pt="xs">
            <Lines title="TypeScript" text={typeScriptLines(to)} />
            <Lines title="Python" text={pythonLines(to)} />
          </Tabs.Panel>
          <Tabs.Panel value="curl" pt="xs">
            <Lines title="One short message" text={curlLine(to, model)} />
          </Tabs.Panel>
          {secret === null ? null : (
            <Tabs.Panel value="cc-switch" pt="xs">
              <CcSwitch link={ccSwitchLink({ baseUrl, key: secret }, `Sluice (${name})`)} />
            </Tabs.Panel>
          )}
        </Tabs>
        {children}
      </Stack>
    </Paper>
  )
}

function ClaudeCode({ to }: { to: Connection }) {
  return (
    <>
      <Lines title="In a shell" text={claudeCodeShell(to)} />
      <Lines title="In PowerShell" text={claudeCodePowerShell(to)} />
      <Lines title="To stay, in ~/.claude/settings.json" text={claudeCodeSettings(to)} />
      <Text size="xs" c="dimmed">
        The last variable has Claude Code list the models that the key may use.
      </Text>
    </>
  )
}

function CcSwitch({ link }: { link: string }) {
  return (
    <Stack gap="xs">
      <Text size="sm">The link holds the key. CC Switch shows what it adds before it does.</Text>
      <Group>
        <Button component="a" href={link}>
          Open CC Switch
        </Button>
      </Group>
      <CopyLine text={link} label="link for CC Switch" />
    </Stack>
  )
}

function Lines({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed" mt={4}>
        {title}
      </Text>
      <CopyLine text={text} label={`lines: ${title}`} />
    </div>
  )
}
