import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'
import { Form } from './form.tsx'

/** What the API takes at most. */
const MAX_LENGTH = 100
/** Who types does not pause for so long. */
const REST_MS = 250

export interface SearchBoxProps {
  label: string
  placeholder?: string
  /** What is searched for; empty is nothing. */
  value: string
  onSearch: (text: string) => void
}

/** A box that a list is searched with: once what is typed has rested for a moment, or at once with Enter. */
export function SearchBox({ label, placeholder, value, onSearch }: SearchBoxProps) {
  const [typed, setTyped] = useState(value)
  const asked = useRef(value)
  const search = useDebouncedCallback((text: string) => {
    asked.current = text.trim()
    onSearch(asked.current)
  }, REST_MS)
  // The way back, or a link, brings another search than the one that was typed.
  useEffect(() => {
    if (value === asked.current) return
    search.cancel()
    asked.current = value
    setTyped(value)
  }, [value, search])
  return (
    <Form role="search" onSubmit={() => search.flush()}>
      <TextInput
        label={label}
        {...(placeholder === undefined ? {} : { placeholder })}
        type="search"
        maxLength={MAX_LENGTH}
        maw={{ base: '100%', sm: 360 }}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value)
          search(event.currentTarget.value)
        }}
      />
    </Form>
  )
}
