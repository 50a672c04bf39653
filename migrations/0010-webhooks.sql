-- What is told to a webhook, until its receiver has taken it.
create table webhook_outbox (
  id bigint generated always as identity primary key,
  type text not null,
  -- A usage event, told as it is on record.
  event_id text,
  event_at timestamptz,
  -- Of all else, what is told.
  data jsonb,
  subject text,
  created_at timestamptz not null default now(),
  -- Whoever takes it moves this ahead, so that what a dead process has taken comes back.
  next_try_at timestamptz not null default now(),
  tries integer not null default 0,
  last_error text,
  check ((event_id is null) = (data is not null))
);

create index webhook_outbox_due on webhook_outbox (next_try_at, id);

-- Which thresholds of which budgets have been told of, so that each is told of once.
create table budget_alerts (
  budget text not null check (budget in ('key', 'subscription', 'balance')),
  -- Of the key, the subscription, or the user.
  subject_id bigint not null,
  period text not null check (period in ('day', 'week', 'month', 'total')),
  -- When the window, or the balance, began.
  began_at timestamptz not null,
  limit_usd numeric(24, 9) not null,
  percent integer not null,
  created_at timestamptz not null default now(),
  primary key (budget, subject_id, period, began_at, limit_usd, percent)
);

-- A balance is measured against what it was after the last credit.
create index ledger_entries_credits on ledger_entries (user_id, id desc) where kind in ('top-up', 'adjustment', 'refund');
