import { ActionIcon, Button, Group, Input, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'

type Mapping = Readonly<Record<string, string>>

export interface MappingInputProps {
  label: string
  description?: string
  /** What the left and the right of a line are. */
  from: string
  to: string
  value: Mapping
  onChange: (value: Mapping) => void
  isSecret?: boolean
}

/** Names and what they stand for, a line each. A line without a name is not one yet. */
export function MappingInput({ label, description, from, to, value, onChange, isSecret = false }: MappingInputProps) {
  const [lines, setLines] = useState<readonly (readonly [string, string])[]>(() => Object.entries(value))

  function change(next: readonly (readonly [string, string])[]) {
    setLines(next)
    onChange(Object.fromEntries(next.filter(([name]) => name !== '')))
  }
  const put = (index: number, line: readonly [string, string]) =>
    change(lines.map((old, other) => (other === index ? line : old)))

  return (
    <Input.Wrapper
      label={label}
      description={description}
      component="fieldset"
      aria-label={label}
      style={{ border: 0, padding: 0, margin: 0 }}
    >
      <Stack gap={6} mt={4}>
        {lines.map(([name, actual], index) => (
          <Group key={index} gap={6} wrap="nowrap">
            <TextInput
              aria-label={`${from} ${index + 1}`}
              placeholder={from}
              value={name}
              onChange={(event) => put(index, [event.currentTarget.value, actual])}
              style={{ flex: 1 }}
            />
            <Text aria-hidden>→</Text>
            <TextInput
              aria-label={`${to} ${index + 1}`}
              placeholder={to}
              type={isSecret ? 'password' : 'text'}
              autoComplete="off"
              value={actual}
              onChange={(event) => put(index, [name, event.currentTarget.value])}
              style={{ flex: 1 }}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove line ${index + 1}`}
              onClick={() => change(lines.filter((_, other) => other !== index))}
            >
              ✕
            </ActionIcon>
          </Group>
        ))}
        <Button variant="default" size="compact-sm" w="fit-content" onClick={() => change([...lines, ['', '']])}>
          Add a line
        </Button>
      </Stack>
    </Input.Wrapper>
  )
}
