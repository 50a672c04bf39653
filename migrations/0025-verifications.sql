-- What came of recomputing the books, so that it can be shown. At most one runs at a time, on one of the replicas.
create table verifications (
  id bigint generated always as identity primary key,
  -- By the database's clock, as is all here.
  started_at timestamptz not null default clock_timestamp(),
  -- Its process renews this; one that was not renewed by then is gone.
  expires_at timestamptz not null,
  ended_at timestamptz,
  -- Who asked for it; `sluice` for the one of each day.
  started_by text not null,
  replica text not null,
  -- Null while it runs.
  result text check (result in ('agrees', 'drifted', 'failed', 'interrupted')),
  -- How many rows were looked at, by what they are.
  checked jsonb not null default '{}',
  skipped_windows bigint not null default 0,
  found bigint not null default 0,
  -- By kind of drift: how many, and by how much in USD.
  kinds jsonb not null default '{}',
  -- The first of them.
  drifts jsonb not null default '[]',
  -- What became of the chain of the audit log; null where it was not come to.
  audit jsonb,
  problem text,
  check ((ended_at is null) = (result is null))
);

-- What each day (UTC) added up to in each of the books when it was last verified. It outlasts the day's events.
create table reconciled_days (
  day timestamptz primary key,
  verification_id bigint not null,
  verified_at timestamptz not null default clock_timestamp(),
  -- The events, their hourly and their daily sums.
  event_requests bigint not null,
  event_cost_usd numeric(24, 9) not null,
  event_charged_usd numeric(24, 9) not null,
  hourly_requests bigint not null,
  hourly_cost_usd numeric(24, 9) not null,
  hourly_charged_usd numeric(24, 9) not null,
  daily_requests bigint not null,
  daily_cost_usd numeric(24, 9) not null,
  daily_charged_usd numeric(24, 9) not null,
  -- What its events charged to balances when they were settled, and what the ledger took for them.
  balance_charged_usd numeric(24, 9) not null,
  ledger_usd numeric(24, 9) not null,
  -- Events left out of these two, since a checkpoint has taken the place of their entries.
  summed_up bigint not null,
  -- Values of the day that drifted.
  found bigint not null,
  -- The most events it ever had: none may be gone.
  most_requests bigint not null
);
