import { SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type RequestOf } from '../../api/client.ts'
import { formatUsd } from '../../parts/amounts.ts'
import { Command } from '../../parts/command.tsx'
import { newIdempotencyKey } from '../../parts/idempotency-key.ts'
import { DialogButton } from '../../parts/dialog-button.tsx'
import { Form, FormButtons } from '../../parts/form.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Balance } from './balance.tsx'
import type { PersonRow } from './person.tsx'

type Adjustment = RequestOf<'post', '/admin/v1/users/{id}/balance-adjustments'>
type Kind = Adjustment['kind']

const KINDS: Record<Kind, { label: string; about: string }> = {
  'top-up': { label: 'Top up', about: 'Adds to the balance; works with the next request.' },
  adjustment: { label: 'Adjust', about: 'Corrects the balance; below zero takes away, such as -3.' },
  refund: { label: 'Refund', about: 'Gives back what was charged; below zero takes a refund back.' }
}

/** A button with the dialog that changes somebody’s balance. */
export function AdjustBalance({ person }: { person: PersonRow }) {
  return (
    <DialogButton label="Top up" title={`The balance of ${person.email}`} variant="filled">
      {(close) => <BalanceForm person={person} onClose={close} />}
    </DialogButton>
  )
}

function BalanceForm({ person: { id, email, balance_usd: balance }, onClose }: { person: PersonRow; onClose: () => void }) {
  const queries = useQueryClient()
  // One for each opening of the dialog: what is sent twice, as after a connection that broke, counts once.
  const [idempotencyKey] = useState(newIdempotencyKey)
  const [kind, setKind] = useState<Kind>('top-up')
  const [amount, setAmount] = useState('')
  const [note, setNote] = useState('')
  const adjust = useMutation({
    async mutationFn() {
      const { data } = await api.POST('/admin/v1/users/{id}/balance-adjustments', {
        params: { path: { id }, header: { 'idempotency-key': idempotencyKey } },
        body: { amount_usd: amount.trim(), kind, ...(note.trim() === '' ? {} : { note: note.trim() }) }
      })
      return data!
    },
    async onSuccess({ balance_after_usd: after }) {
      await queries.invalidateQueries()
      notifications.show({ message: `The balance of ${email} is now ${formatUsd(after)}` })
      onClose()
    }
  })

  return (
    <Form name="Change the balance" onSubmit={() => adjust.mutate()}>
      <Stack>
        <Text size="sm">
          It is <Balance usd={balance} /> now.
        </Text>
        <SegmentedControl
          aria-label="What it is"
          data={Object.entries(KINDS).map(([value, { label }]) => ({ value, label }))}
          value={kind}
          onChange={(value) => setKind(value as Kind)}
        />
        <TextInput
          label="Amount, USD"
          description={KINDS[kind].about}
          inputMode="decimal"
          required
          data-autofocus
          value={amount}
          onChange={(event) => setAmount(event.currentTarget.value)}
        />
        <TextInput
          label="Note"
          description="on the ledger entry, such as an invoice’s number"
          maxLength={500}
          dir="auto"
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {amount.trim() === '' ? null : (
          <SameInTerminal words={wordsOf(email, kind, amount.trim(), note.trim(), idempotencyKey)} />
        )}
        <Problem error={adjust.error} />
        <FormButtons verb={KINDS[kind].label} isPending={adjust.isPending} disabled={amount.trim() === ''} onCancel={onClose} />
      </Stack>
    </Form>
  )
}

function SameInTerminal({ words }: { words: readonly string[] | null }) {
  return words === null ? null : <Command words={words} />
}

/** The command knows a top-up, and an adjustment that takes away. */
function wordsOf(email: string, kind: Kind, amount: string, note: string, key: string): string[] | null {
  const isLess = amount.startsWith('-')
  if (kind === 'refund' || (kind === 'top-up') === isLess) return null
  const options = [...(note === '' ? [] : ['--note', note]), '--idempotency-key', key]
  return ['balance', 'add', email, ...(isLess ? [...options, '--', amount] : [amount, ...options])]
}
