import { Group, Title } from '@mantine/core'
import { useId, type ReactNode } from 'react'

interface SectionProps {
  /** Its heading, by which assistive technology finds it. */
  title: string
  /** Beside the heading, such as a button. */
  aside?: ReactNode
  children: ReactNode
}

/** A part of a page, under a heading. */
export function Section({ title, aside, children }: SectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <Group justify="space-between" mb="xs">
        <Title order={2} id={id}>
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </section>
  )
}

/** Parts of a page, one below the other, by their headings. */
export function Sections({ parts }: { parts: Record<string, ReactNode> }) {
  return Object.entries(parts).map(([title, part]) => (
    <Section key={title} title={title}>
      {part}
    </Section>
  ))
}
