import { parseUsd } from '../../money/prices/money.ts'
import { choice, integer, object, usd } from '../field.ts'

/** What a part of a key's brakes has that nobody has set. */
const UNSET = { none: 'default' } as const

const spend = (whose: string) =>
  usd(
    { ...UNSET, meaning: `USD that ${whose} may be charged within \`spend_minutes\`; 0: no limit` },
    { pattern: '^\\d{1,15}(?:\\.\\d{1,9})?$', description: 'an amount of USD with at most 9 decimals; 0: no limit' }
  )

const count = (meaning: string, minimum: number, maximum: number) =>
  integer({ minimum, maximum, description: `a whole number from ${minimum} to ${maximum}` }, { ...UNSET, meaning })

const requests = (whose: string) => count(`requests a minute that ${whose} may make; 0: no limit`, 0, 1_000_000)

const ACTIONS = ['pause', 'warn'] as const
const TURN_ACTIONS = ['off', 'warn', 'pause'] as const

/** What can be said of brakes, for one key or in `BRAKES` for all. */
export const BRAKE_PARTS = {
  key_spend_usd: spend('the key'),
  session_spend_usd: spend('a session'),
  agent_spend_usd: spend('an agent of a session'),
  spend_minutes: count('how many minutes of spending count', 1, 60),
  key_requests: requests('the key'),
  session_requests: requests('a session'),
  agent_requests: requests('an agent of a session'),
  action: choice(ACTIONS, { ...UNSET, meaning: 'what it does when one of these is reached' }),
  identical_turns: count('how many identical turns in a row of one agent are too many', 2, 1000),
  identical_action: choice(TURN_ACTIONS, { ...UNSET, meaning: 'what so many do' }),
  pause_minutes: count('how many minutes a pause lasts; 0: until it is resumed', 0, 43_200)
} as const

type BrakePart = keyof typeof BRAKE_PARTS

/** What somebody has said of brakes; what is not there, or null, is left to the defaults. */
export type BrakeWishes = { readonly [P in BrakePart]?: NonNullable<(typeof BRAKE_PARTS)[P]['value']> | null }

/** Whatever is said of them; nothing is limited but identical turns, which are only told of. */
const UNSAID = {
  key_spend_usd: '0',
  session_spend_usd: '0',
  agent_spend_usd: '0',
  spend_minutes: 10,
  key_requests: 0,
  session_requests: 0,
  agent_requests: 0,
  action: 'pause',
  identical_turns: 10,
  identical_action: 'warn',
  pause_minutes: 60
} as const satisfies BrakeWishes

/** Whose spending, requests or turns are looked at: each agent is one of a session, each session one of a key. */
export const BRAKE_SCOPES = ['key', 'session', 'agent'] as const
export type BrakeScope = (typeof BRAKE_SCOPES)[number]

/** What holds for a key. Null: no limit. */
export interface Brakes {
  /** In nano-dollars, each above 0, within `spendMinutes`. */
  spendNano: Record<BrakeScope, bigint | null>
  spendMinutes: number
  /** A minute. */
  requests: Record<BrakeScope, number | null>
  action: (typeof ACTIONS)[number]
  /** Null: they are not looked at. */
  identicalTurns: number | null
  identicalAction: 'warn' | 'pause'
  /** Null: until it is resumed. */
  pauseMs: number | null
}

/** What holds where a key says `wishes` and `BRAKES` says `defaults`. */
export function brakesOf(wishes: BrakeWishes | null, defaults: BrakeWishes): Brakes {
  const said = <P extends BrakePart>(part: P) =>
    (wishes?.[part] ?? defaults[part] ?? UNSAID[part]) as NonNullable<BrakeWishes[P]>
  const nano = (part: 'key_spend_usd' | 'session_spend_usd' | 'agent_spend_usd') => parseUsd(said(part)) || null
  const turnAction = said('identical_action')
  return {
    spendNano: { key: nano('key_spend_usd'), session: nano('session_spend_usd'), agent: nano('agent_spend_usd') },
    spendMinutes: said('spend_minutes'),
    requests: {
      key: said('key_requests') || null,
      session: said('session_requests') || null,
      agent: said('agent_requests') || null
    },
    action: said('action'),
    identicalTurns: turnAction === 'off' ? null : said('identical_turns'),
    identicalAction: turnAction === 'pause' ? 'pause' : 'warn',
    pauseMs: said('pause_minutes') * 60_000 || null
  }
}

/** The field of a key: all its parts are in one column, so that another part needs none. */
export const brakesField = <const O extends Parameters<typeof object>[1]>(options: O) => ({
  ...object(BRAKE_PARTS, options),
  select: `json_build_object(${Object.keys(BRAKE_PARTS)
    .map((part) => `'${part}', r.brakes->'${part}'`)
    .join(', ')})`,
  write(value: BrakeWishes | null, column: string) {
    const said = Object.entries(value ?? {}).filter(([, part]) => part !== null)
    return [{ column, value: said.length === 0 ? null : JSON.stringify(Object.fromEntries(said)) }]
  }
})
