import {
  Box,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Switch,
  TagsInput,
  Textarea,
  TextInput
} from '@mantine/core'
import { textOf, type FieldValue, type FormField } from './field.ts'
import { MappingInput } from './mapping-input.tsx'

interface FieldInputProps {
  field: FormField
  /** A dialog begins there. */
  isFirst?: boolean
  value: FieldValue
  onChange: (value: FieldValue) => void
}

const listOf = (value: FieldValue) => (Array.isArray(value) ? (value as string[]) : [])

interface FieldInputsProps {
  fields: readonly FormField[]
  valueOf: (name: string) => FieldValue
  onChange: (name: string, value: FieldValue) => void
}

/** The inputs of a form. */
export function FieldInputs({ fields, valueOf, onChange }: FieldInputsProps) {
  return (
    <SimpleGrid cols={2} spacing="sm" verticalSpacing="md" style={{ alignItems: 'end' }}>
      {fields.map((field) => (
        <Box key={field.name} style={field.isHalf === true ? undefined : { gridColumn: '1 / -1' }}>
          <FieldInput
            field={field}
            isFirst={field === fields[0]}
            value={valueOf(field.name)}
            onChange={(value) => onChange(field.name, value)}
          />
        </Box>
      ))}
    </SimpleGrid>
  )
}

/** The input that a field is given by. */
export function FieldInput({ field, isFirst = false, value, onChange }: FieldInputProps) {
  const { label, about, kind, choices = [], none, required = false, sides = ['Name', 'Value'] } = field
  const shared = { label, required, ...(about === undefined ? {} : { description: about }) }
  const line = {
    ...shared,
    ...(none === undefined ? {} : { placeholder: none }),
    value: textOf(value),
    onChange: (event: { currentTarget: { value: string } }) =>
      onChange(event.currentTarget.value === '' && none !== undefined ? null : event.currentTarget.value)
  }
  const list = {
    ...shared,
    ...(none === undefined || listOf(value).length > 0 ? {} : { placeholder: none }),
    data: [...new Set([...choices, ...listOf(value)])],
    value: listOf(value),
    onChange: (names: string[]) => onChange(names.length === 0 && none !== undefined ? null : names)
  }
  switch (kind) {
    case 'line':
      return <TextInput {...line} dir="auto" {...(isFirst ? { 'data-autofocus': true } : {})} />
    case 'usd':
      return <TextInput {...line} inputMode="decimal" />
    case 'prose':
      return <Textarea {...line} autosize minRows={1} maxRows={6} dir="auto" />
    case 'code':
      return (
        <Textarea
          {...line}
          autosize
          minRows={8}
          maxRows={20}
          spellCheck={false}
          dir="ltr"
          styles={{ input: { fontFamily: 'monospace' } }}
        />
      )
    case 'secret':
      return (
        <PasswordInput
          {...line}
          autoComplete="new-password"
          onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
        />
      )
    case 'integer':
      return (
        <NumberInput
          {...shared}
          {...(none === undefined ? {} : { placeholder: none })}
          allowDecimal={false}
          value={typeof value === 'number' ? value : ''}
          onChange={(number) => onChange(typeof number === 'number' ? number : null)}
        />
      )
    case 'flag':
      return <Switch {...shared} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />
    case 'choice':
      return (
        <Select
          {...shared}
          data={[...choices]}
          value={textOf(value) === '' ? null : textOf(value)}
          {...(none === undefined ? {} : { placeholder: none })}
          clearable={none !== undefined}
          allowDeselect={none !== undefined}
          searchable={choices.length > 8}
          onChange={onChange}
        />
      )
    case 'names':
      return <TagsInput {...list} />
    case 'some':
      return <MultiSelect {...list} searchable />
    case 'mapping':
    case 'secrets':
      break
  }
  return (
    <MappingInput
      isSecret={kind === 'secrets'}
      label={label}
      {...(about === undefined ? {} : { description: about })}
      from={sides[0]}
      to={sides[1]}
      value={(value ?? {}) as Readonly<Record<string, string>>}
      onChange={onChange}
    />
  )
}
