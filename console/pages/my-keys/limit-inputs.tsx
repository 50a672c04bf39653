import { SimpleGrid, TagsInput, Text, TextInput } from '@mantine/core'
import type { OwnKey } from './my-keys.tsx'

const PERIODS = [
  ['daily', 'A day'],
  ['weekly', 'A week'],
  ['monthly', 'A month'],
  ['total', 'In all']
] as const

type Period = (typeof PERIODS)[number][0]

/** Limits of one’s own, as they are typed; empty is none. */
export interface Limits {
  ends: string
  usd: Readonly<Record<Period, string>>
  models: readonly string[]
  addresses: readonly string[]
}

export const NO_LIMITS: Limits = { ends: '', usd: { daily: '', weekly: '', monthly: '', total: '' }, models: [], addresses: [] }

export const limitsOf = (key: OwnKey): Limits => ({
  ends: key.own_expires_at ?? '',
  usd: {
    daily: key.own_spend_limits.daily ?? '',
    weekly: key.own_spend_limits.weekly ?? '',
    monthly: key.own_spend_limits.monthly ?? '',
    total: key.own_spend_limits.total ?? ''
  },
  models: key.own_allowed_models ?? [],
  addresses: key.own_allowed_ips ?? []
})

/** What of them a new key is made with. */
export function bodyOfLimits({ ends, usd, models, addresses }: Limits) {
  const given = Object.entries(usd).filter(([, amount]) => amount.trim() !== '')
  return {
    ...(ends.trim() === '' ? {} : { own_expires_at: ends.trim() }),
    ...(given.length === 0 ? {} : { own_spend_limits: Object.fromEntries(given) }),
    ...(models.length === 0 ? {} : { own_allowed_models: [...models] }),
    ...(addresses.length === 0 ? {} : { own_allowed_ips: [...addresses] })
  }
}

/** The same for a key that is there: null takes a limit back. */
export function changeOfLimits({ ends, usd, models, addresses }: Limits) {
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim())
  return {
    own_expires_at: orNull(ends),
    own_spend_limits: {
      daily: orNull(usd.daily),
      weekly: orNull(usd.weekly),
      monthly: orNull(usd.monthly),
      total: orNull(usd.total)
    },
    own_allowed_models: models.length === 0 ? null : [...models],
    own_allowed_ips: addresses.length === 0 ? null : [...addresses]
  }
}

/** Limits that one sets oneself and can take back. Those of operators hold beside them. */
export function LimitInputs({ limits, onChange }: { limits: Limits; onChange: (limits: Limits) => void }) {
  return (
    <>
      <div>
        <Text size="sm" fw={500}>
          Your own limits, in USD
        </Text>
        <Text size="xs" c="dimmed" mb={4}>
          You can change them at any time. What operators have limited stays so.
        </Text>
        <SimpleGrid cols={2} spacing="xs" verticalSpacing={4}>
          {PERIODS.map(([period, label]) => (
            <TextInput
              key={period}
              label={label}
              inputMode="decimal"
              placeholder="none"
              value={limits.usd[period]}
              onChange={(event) => onChange({ ...limits, usd: { ...limits.usd, [period]: event.currentTarget.value } })}
            />
          ))}
        </SimpleGrid>
      </div>
      <TextInput
        label="Ends"
        description="A day such as 2030-12-31, or a span such as 30d"
        placeholder="never"
        value={limits.ends}
        onChange={(event) => onChange({ ...limits, ends: event.currentTarget.value })}
      />
      <TagsInput
        label="Only these models"
        placeholder={limits.models.length === 0 ? 'all of the group' : ''}
        value={[...limits.models]}
        onChange={(models) => onChange({ ...limits, models })}
      />
      <TagsInput
        label="Only from these addresses"
        description="Such as 203.0.113.7 or 10.0.0.0/8"
        placeholder={limits.addresses.length === 0 ? 'all' : ''}
        value={[...limits.addresses]}
        onChange={(addresses) => onChange({ ...limits, addresses })}
      />
    </>
  )
}
