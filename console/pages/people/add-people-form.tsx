import type { ChangeEvent } from 'react'
import { Button, Group, NumberInput, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { Form } from '../../parts/form.tsx'
import { Problem } from '../../parts/problem.tsx'
import { readLines, type Gift } from './lines.ts'
import { useGroupChoices } from './use-choices.ts'

interface AddPeopleFormProps {
  text: string
  gift: Gift
  error: Error | null
  isChecking: boolean
  onText: (text: string) => void
  onGift: (gift: Gift) => void
  onCheck: () => void
}

const ROLES: Gift['role'][] = ['user', 'viewer', 'admin']

/** Whom to add, and what each of them gets. */
export function AddPeopleForm({ text, gift, error, isChecking, onText, onGift, onCheck }: AddPeopleFormProps) {
  const groups = useGroupChoices()
  const count = readLines(text).filter(({ isRepeated }) => !isRepeated).length
  const give = (part: Partial<Gift>) => onGift({ ...gift, ...part })
  const typed = (name: 'balance' | 'keyName') => ({
    value: gift[name],
    onChange: (event: ChangeEvent<HTMLInputElement>) => give({ [name]: event.currentTarget.value })
  })
  return (
    <Form name="Add people" onSubmit={() => onCheck()}>
      <Stack maw={760}>
        <Textarea
          label="E-mail addresses"
          description="One a line; a whole list can be pasted."
          required
          autosize
          minRows={3}
          maxRows={20}
          placeholder={'ann@example.com\nbob@example.com'}
          value={text}
          onChange={(event) => onText(event.currentTarget.value)}
        />
        <Text fw={600}>Each of them gets</Text>
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <Select
            label="Role"
            description="what they may do when they sign in"
            data={ROLES}
            value={gift.role}
            allowDeselect={false}
            onChange={(role) => give({ role: role as Gift['role'] })}
          />
          <NumberInput
            label="Slots"
            description="requests at once; 0 = no limit"
            min={0}
            allowDecimal={false}
            value={gift.concurrency}
            onChange={(value) => give({ concurrency: Number(value) })}
          />
          <TextInput
            label="Opening balance, USD"
            description="for groups paid from a balance"
            inputMode="decimal"
            placeholder="0"
            {...typed('balance')}
          />
          <TextInput
            label="A key of this name"
            description="such as laptop; empty: no key"
            maxLength={100}
            dir="auto"
            {...typed('keyName')}
          />
          <Select
            label="The key’s group"
            description="which accounts serve it"
            data={groups.all}
            placeholder="default"
            clearable
            disabled={gift.keyName.trim() === ''}
            value={gift.keyGroup}
            onChange={(keyGroup) => give({ keyGroup })}
          />
        </SimpleGrid>
        {groups.ofSubscriptions.length === 0 ? null : (
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <Select
              label="A subscription"
              description="to a group with windows"
              data={groups.ofSubscriptions}
              placeholder="none"
              clearable
              value={gift.subscription}
              onChange={(subscription) => give({ subscription })}
            />
            <NumberInput
              label="Days"
              description="from now"
              min={1}
              allowDecimal={false}
              disabled={gift.subscription === null}
              value={gift.days}
              onChange={(value) => give({ days: Number(value) })}
            />
          </SimpleGrid>
        )}
        <Problem error={error} />
        <Group justify="flex-end">
          <Button type="submit" loading={isChecking} disabled={count === 0}>
            {count < 2 ? 'Check' : `Check ${count} addresses`}
          </Button>
        </Group>
      </Stack>
    </Form>
  )
}
