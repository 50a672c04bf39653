import type { Desired } from '../../services/resources/set-up/declarative-schema.ts'
import { generateClientKey } from '../../services/platform/secrets.ts'

export const OPUS = 'claude-opus-5-5'
export const SONNET = 'claude-sonnet-5-5'
export const HAIKU = 'claude-haiku-5-5'

/** Somebody of the made-up team, and how they work. */
export interface Member {
  email: string
  role: 'user' | 'viewer'
  concurrency: number
  keyName: string
  key: string
  group: 'default' | 'pro' | 'batch'
  /** The models they use, as often as they are named. */
  models: readonly [string, ...string[]]
  /** Sessions of a working day, at least and at most. */
  sessions: readonly [number, number]
  /** How likely a session starts subagents. */
  subagents: number
  /** The hours (UTC) in which they begin. */
  hours: readonly [number, number]
  worksOnWeekends: boolean
}

type Persona = Pick<Member, 'email' | 'group' | 'models' | 'sessions'> & Partial<Member>

const persona = (given: Persona): Member => ({
  role: 'user',
  concurrency: 5,
  keyName: 'laptop',
  key: generateClientKey(),
  subagents: 0.15,
  hours: [6, 16],
  worksOnWeekends: false,
  ...given
})

/** The newcomer’s own user, with the key that the demo prints. */
export const NEWCOMER = 'demo@example.com'

/** Five people and a machine, with new keys. */
export function createTeam(): readonly Member[] {
  return [
    persona({
      email: 'ada@example.com',
      role: 'viewer',
      group: 'default',
      models: [OPUS, OPUS, OPUS, SONNET],
      sessions: [2, 4],
      subagents: 0.4
    }),
    persona({ email: 'ben@example.com', group: 'pro', models: [SONNET, SONNET, OPUS], sessions: [1, 3] }),
    persona({ email: 'chika@example.com', keyName: 'desk', group: 'default', models: [SONNET, HAIKU], sessions: [1, 3] }),
    persona({
      email: 'dario@example.com',
      group: 'pro',
      models: [OPUS, SONNET],
      sessions: [2, 3],
      subagents: 0.3,
      worksOnWeekends: true
    }),
    persona({ email: 'elif@example.com', group: 'default', models: [SONNET, SONNET, HAIKU], sessions: [0, 2] }),
    persona({
      email: 'ci@example.com',
      concurrency: 2,
      keyName: 'nightly',
      group: 'batch',
      models: [SONNET, HAIKU],
      sessions: [1, 2],
      subagents: 0.6,
      hours: [1, 3],
      worksOnWeekends: true
    })
  ]
}

/** The account of somebody’s own sign-in that has used up its five hours. */
export const COOLED = { name: 'dario-seat', token: 'sk-simulated-seat-of-dario' }
/** One that has not. */
export const SEAT = { name: 'ada-seat', token: 'sk-simulated-seat-of-ada' }

const DAY_MS = 24 * 60 * 60 * 1000

/** What the gateway is set up with: the accounts, all at `upstreamUrl`, the team, and the newcomer with `newcomersKey`. */
export function declareTeam(team: readonly Member[], upstreamUrl: string, newcomersKey: string, now: number): Desired {
  const account = (name: string, more: object) => ({ name, type: 'api-key' as const, base_url: upstreamUrl, ...more })
  const seat = ({ name, token }: typeof SEAT, owner: string, groups: string[]) =>
    account(name, { type: 'setup-token', credentials: { access_token: token }, owner, groups, concurrency: 3, priority: 10 })
  return {
    groups: [
      { name: 'default', kind: 'balance' },
      { name: 'pro', kind: 'subscription', daily_limit_usd: '12', weekly_limit_usd: '60', monthly_limit_usd: '200' },
      { name: 'batch', kind: 'balance', rate_multiplier: '0.9' }
    ],
    accounts: [
      account('main', {
        credentials: { api_key: 'sk-simulated-upstream' },
        groups: ['default', 'pro', 'batch'],
        concurrency: 8
      }),
      account('second', {
        credentials: { api_key: 'sk-simulated-second' },
        groups: ['default', 'batch'],
        concurrency: 4,
        priority: 60
      }),
      seat(SEAT, 'ada@example.com', ['default']),
      seat(COOLED, 'dario@example.com', ['pro'])
    ],
    users: [
      { email: NEWCOMER, balance_usd: '10', keys: [{ name: 'demo', key: newcomersKey }] },
      ...team.map(({ email, role, concurrency, keyName, key, group }) => ({
        email,
        role,
        concurrency,
        balance_usd: group === 'pro' ? '0' : '40',
        keys: [{ name: keyName, key, group }],
        ...(group === 'pro'
          ? { subscriptions: [{ group, days: 60, starts_at: new Date(now - 32 * DAY_MS).toISOString() }] }
          : {})
      }))
    ]
  }
}
