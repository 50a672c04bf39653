import { MultiSelect, NumberInput, PasswordInput, Select, Switch, TagsInput, Textarea, TextInput } from '@mantine/core'
import { MappingInput } from './mapping-input.tsx'

/** What a field of the API takes: null is none, and undefined not stated. */
export type FieldValue = string | number | boolean | null | undefined | readonly string[] | Readonly<Record<string, string>>

/** A field of a form, by the name that the API has for it. */
export interface FormField<Name extends string = string> {
  name: Name
  label: string
  about?: string
  /** `names`: a list of any names; `some`: some of `choices`; `secrets`: names and what is never shown again. */
  kind: 'line' | 'prose' | 'secret' | 'integer' | 'flag' | 'choice' | 'names' | 'some' | 'mapping' | 'secrets'
  /** For `choice` and `some` all there are, for `names` what is suggested. */
  choices?: readonly string[]
  /** What it means where nothing is given: the API is then told null. */
  none?: string
  required?: boolean
  /** For a mapping: what its two sides are called. */
  sides?: readonly [from: string, to: string]
  /** The option of the command that says the same; called as the field is, when nothing is said. */
  option?: string
  /** The option takes one value at a time. */
  isRepeated?: boolean
}

interface FieldInputProps {
  field: FormField
  value: FieldValue
  onChange: (value: FieldValue) => void
}

const textOf = (value: FieldValue) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
const listOf = (value: FieldValue) => (Array.isArray(value) ? (value as string[]) : [])

/** The input that a field is given by. */
export function FieldInput({ field, value, onChange }: FieldInputProps) {
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
      return <TextInput {...line} dir="auto" />
    case 'prose':
      return <Textarea {...line} autosize minRows={1} maxRows={6} dir="auto" />
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
