import { ActionIcon, Button, Code, CopyButton, Group, Tooltip } from '@mantine/core'

/** A line to copy, such as a command or a new key. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Code block style={{ flex: 1, whiteSpace: 'pre-wrap', wordBreak: 'break-all' }} aria-label={label}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-sm" variant="default" onClick={copy} aria-label={`Copy ${label}`}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </Group>
  )
}

/** A small button that copies an id or the like. */
export function CopyIcon({ text, label }: { text: string; label: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : `Copy ${label}`}>
          <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={`Copy ${label}`}>
            {copied ? '✓' : <Sheets />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}

/** Two sheets, one behind the other: no font is sure to have a sign for it. */
function Sheets() {
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" fill="none" stroke="currentColor" aria-hidden="true">
      <rect x="1.5" y="1.5" width="8" height="8" rx="1" />
      <path d="M4.5 12.5h7a1 1 0 0 0 1-1v-7" />
    </svg>
  )
}
