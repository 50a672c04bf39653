import { Stack, Text } from '@mantine/core'
import { AFFINITY_WORDS } from '../../../services/gateway/traces/exchange-words.ts'
import { formatCount } from '../../parts/amounts.ts'
import { Money } from '../../parts/money.tsx'
import type { Exchange, OperatorChoice, OwnChoice } from './exchange.ts'
import { PlainTable } from './plain-table.tsx'

interface ChoicesProps {
  choices: Exchange['choices']
  after: (at: string) => string
}

/** Who could serve it, who did, and why each other was passed over. */
export function Choices({ choices, after }: ChoicesProps) {
  return (
    <Stack gap="sm">
      {choices.map((choice) => (
        <Stack gap={6} key={choice.at}>
          <Text size="sm">
            {after(choice.at)} <strong>{resultOf(choice)}</strong>
            {choice.affinity === null || !isFound(choice) ? '' : `: ${AFFINITY_WORDS[choice.affinity]}`}
          </Text>
          <Move choice={choice} />
          {'chosen' in choice ? <Candidates choice={choice} /> : <OwnCandidates choice={choice} />}
          {choice.left_out === 0 ? null : <Text size="sm">and {choice.left_out} more</Text>}
        </Stack>
      ))}
    </Stack>
  )
}

const isFound = (choice: OperatorChoice | OwnChoice) => ('chosen' in choice ? choice.chosen !== null : choice.found)

function resultOf(choice: OperatorChoice | OwnChoice): string {
  if (!isFound(choice)) return 'none could be had'
  return 'chosen' in choice ? `${choice.chosen} is chosen` : 'an account is chosen'
}

function Move({ choice }: { choice: OperatorChoice | OwnChoice }) {
  if (choice.move === null) return null
  const { cache_read_tokens: tokens, extra_cost_usd: usd } = choice.move
  const from = 'from' in choice.move ? `${choice.move.from}, ` : 'the one '
  return (
    <Text size="sm">
      It is not {from}which the session is used to: <Money usd={usd} /> more to write {formatCount(tokens)} cached tokens again.
    </Text>
  )
}

function Candidates({ choice: { candidates, passed_over: passedOver, chosen } }: { choice: OperatorChoice }) {
  const could = candidates.map(({ account, priority, in_flight: inFlight, limit, used_last: usedLast }) => [
    account,
    account === chosen ? <strong key="chosen">chosen</strong> : 'could serve it',
    priority,
    `${inFlight ?? 'not known'} of ${limit === 0 ? 'any number' : limit}`,
    usedLast ? 'used last: its usage window is nearly full' : ''
  ])
  const couldNot = passedOver.map(({ account, reason }) => [account, 'passed over', '', '', reason])
  return (
    <PlainTable
      title="Accounts"
      heads={['Account', 'Standing', '#Priority', '#In flight', 'Why']}
      rows={[...could, ...couldNot]}
    />
  )
}

function OwnCandidates({ choice: { candidates, passed_over: passedOver } }: { choice: OwnChoice }) {
  const rows = [
    ['could serve it', candidates, ''],
    ...passedOver.map(({ reason, accounts }) => ['passed over', accounts, reason])
  ]
  return <PlainTable title="Accounts" heads={['Standing', '#Accounts', 'Why']} rows={rows} />
}
