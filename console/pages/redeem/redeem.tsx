import { Alert, Button, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { $api, type ResponseOf } from '../../api/client.ts'
import { formatUsd } from '../../parts/amounts.ts'
import { PageLink } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
import { Form } from '../../parts/form.tsx'
import { Problem } from '../../parts/problem.tsx'
import { formatMoment } from '../../parts/times.ts'

type Redeemed = ResponseOf<'post', '/me/v1/redeem'>

/** Redeems a code, for balance or days of a subscription. */
export function Redeem() {
  const [code, setCode] = useState('')
  const queries = useQueryClient()
  const redeem = $api.useMutation('post', '/me/v1/redeem', {
    async onSuccess() {
      setCode('')
      await queries.invalidateQueries()
    }
  })

  return (
    <Page title="Redeem">
      <Form name="Redeem a code" onSubmit={() => redeem.mutate({ body: { code: code.trim() } })}>
        <Stack maw={480}>
          <Text size="sm">An operator gives out codes, for balance or for days of a subscription. Each is good once.</Text>
          <TextInput
            label="Code"
            required
            autoComplete="off"
            spellCheck={false}
            ff="monospace"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Problem error={redeem.error} />
          {redeem.data === undefined ? null : (
            <Alert color="green" variant="light" title="Redeemed" role="status">
              {inWords(redeem.data)} <PageLink to="/home">See what is left</PageLink>
            </Alert>
          )}
          <Button type="submit" loading={redeem.isPending} disabled={code.trim() === ''} style={{ alignSelf: 'flex-start' }}>
            Redeem
          </Button>
        </Stack>
      </Form>
    </Page>
  )
}

function inWords({ amount_usd: amount, balance_usd: balance, group, days, expires_at: expiresAt }: Redeemed): string {
  if (amount !== null) {
    return `You got ${formatUsd(amount)}${balance === null ? '' : `; your balance is ${formatUsd(balance)}`}.`
  }
  const end = expiresAt === null ? '' : `, which now ends ${formatMoment(Date.parse(expiresAt))}`
  return `You got ${days} ${days === 1 ? 'day' : 'days'} of ${group}${end}.`
}
