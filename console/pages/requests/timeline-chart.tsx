import { Box, Group, Paper, Text, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { RESULT_WORDS, WAIT_WORDS } from '../../../services/gateway/traces/exchange-words.ts'
import { formatMs } from '../../parts/amounts.ts'
import type { Exchange } from './exchange.ts'
import { timelineOf, type Stretch } from './timeline.ts'

const WORDS = { waits: WAIT_WORDS, results: RESULT_WORDS }
const LABEL_WIDTH = 190

/** Waits and attempts as bars of one scale, and what happened at once as marks. */
export function TimelineChart({ exchange }: { exchange: Exchange }) {
  const { totalMs, stretches, moments, ticks } = timelineOf(exchange, WORDS)
  const percent = (ms: number) => `${(ms / totalMs) * 100}%`
  return (
    <Paper withBorder p="sm">
      <Box role="list" aria-label="Timeline">
        {stretches.map((stretch, index) => (
          // oxlint-disable-next-line no-array-index-key -- they are in the order in which they began, for good
          <Lane key={index} label={stretch.label}>
            <Bar stretch={stretch} left={percent(stretch.from)} width={percent(stretch.to - stretch.from)} />
          </Lane>
        ))}
        {moments.map(({ label, at }, index) => (
          // oxlint-disable-next-line no-array-index-key -- as above
          <Lane key={index} label={label}>
            <Mark left={percent(at)} words={`after ${formatMs(at)}`} isLate={at > totalMs * 0.7} />
          </Lane>
        ))}
      </Box>
      <Lane label="" isScale>
        {ticks.map((tick) => (
          <Text
            key={tick}
            size="xs"
            c="dimmed"
            pos="absolute"
            style={{ left: percent(tick), whiteSpace: 'nowrap', transform: tick === totalMs ? 'translateX(-100%)' : 'none' }}
          >
            {formatMs(tick)}
          </Text>
        ))}
      </Lane>
    </Paper>
  )
}

function Lane({ label, children, isScale = false }: { label: string; children: ReactNode; isScale?: boolean }) {
  return (
    <Group gap="xs" wrap="nowrap" {...(isScale ? { 'aria-hidden': true } : { role: 'listitem' })}>
      <Text size="sm" w={LABEL_WIDTH} truncate title={label} flex="none" component="bdi">
        {label}
      </Text>
      <Box pos="relative" h={24} flex={1} style={{ borderLeft: '1px solid var(--mantine-color-default-border)' }}>
        {children}
      </Box>
    </Group>
  )
}

/** Light, since words stand on them. */
const COLORS = { wait: 'yellow', attempt: 'cyan' }

function Bar({ stretch: { kind, from, to, end }, left, width }: { stretch: Stretch; left: string; width: string }) {
  const words = `${formatMs(from)} to ${formatMs(to)}, ${end}`
  return (
    <>
      <Tooltip label={words}>
        <Box
          pos="absolute"
          top={3}
          h={18}
          miw={3}
          style={{
            left,
            width,
            background: `var(--mantine-color-${COLORS[kind]}-light)`,
            border: `1px solid var(--mantine-color-${COLORS[kind]}-outline)`,
            borderRadius: 2
          }}
        />
      </Tooltip>
      <Words words={`${formatMs(to - from)}, ${end}`} left={left} isLate={Number.parseFloat(left) > 60} />
    </>
  )
}

function Mark({ left, words, isLate }: { left: string; words: string; isLate: boolean }) {
  return (
    <>
      <Box pos="absolute" top={4} h={16} w={2} style={{ left, background: 'var(--mantine-color-text)' }} />
      <Words words={words} left={left} isLate={isLate} />
    </>
  )
}

/** Beside a bar's beginning: behind it, or before it where there is no room behind. */
function Words({ words, left, isLate }: { words: string; left: string; isLate: boolean }) {
  return (
    <Text
      size="xs"
      pos="absolute"
      top={3}
      px={6}
      style={{
        ...(isLate ? { right: `calc(100% - ${left})` } : { left }),
        whiteSpace: 'nowrap'
      }}
    >
      {words}
    </Text>
  )
}
