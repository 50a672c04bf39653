import { Button, Group, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Form } from '../../parts/form.tsx'
import { AUDIT_FILTERS, type AuditFilters } from './search.ts'

const LABELS: Record<(typeof AUDIT_FILTERS)[number], readonly [label: string, example: string]> = {
  actor: ['Who', 'admin, ann@example.com'],
  action: ['Did', 'key.revoked'],
  subject: ['To', 'account main'],
  user: ['About', 'ann@example.com'],
  from: ['From', '7d, 2027-01-01'],
  to: ['Until', 'today, 2027-01-31']
}

/** Exact matches, and a range of time. They are in the address. */
export function Filters({ filters }: { filters: AuditFilters }) {
  const navigate = useNavigate({ from: '/audit' })
  const [typed, setTyped] = useState<AuditFilters>(filters)
  const given = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== ''))
  return (
    <Form name="Filters" onSubmit={() => void navigate({ search: given })}>
      <Group align="flex-end" gap="xs">
        {AUDIT_FILTERS.map((name) => (
          <TextInput
            key={name}
            label={LABELS[name][0]}
            placeholder={LABELS[name][1]}
            value={typed[name] ?? ''}
            onChange={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
            w={{ base: 'calc(50% - 5px)', xs: 150 }}
          />
        ))}
        <Button type="submit">Filter</Button>
        {Object.keys(filters).length === 0 ? null : (
          <Button variant="default" onClick={() => void navigate({ search: {} })}>
            All
          </Button>
        )}
      </Group>
    </Form>
  )
}
