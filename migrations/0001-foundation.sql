-- Money is numeric with nine decimals (nano-dollars); instants are timestamptz; ids that leave the database are text.

create table groups (
  id bigint generated always as identity primary key,
  name text not null unique,
  kind text not null check (kind in ('balance', 'subscription')),
  status text not null default 'active' check (status in ('active', 'disabled')),
  rate_multiplier numeric(12, 6) not null default 1 check (rate_multiplier >= 0),
  daily_limit_usd numeric(24, 9) check (daily_limit_usd > 0),
  weekly_limit_usd numeric(24, 9) check (weekly_limit_usd > 0),
  monthly_limit_usd numeric(24, 9) check (monthly_limit_usd > 0),
  window_anchor text not null default 'first-use' check (window_anchor in ('first-use', 'calendar')),
  time_zone text not null default 'UTC',
  allowed_models text[],
  created_at timestamptz not null default now()
);

create table users (
  id bigint generated always as identity primary key,
  email text not null unique check (email = lower(email)),
  role text not null default 'user' check (role in ('admin', 'user')),
  status text not null default 'active' check (status in ('active', 'disabled')),
  concurrency integer not null default 5 check (concurrency >= 0),
  -- The sum of the user's ledger entries, kept beside them in the same transaction.
  balance_usd numeric(24, 9) not null default 0,
  created_at timestamptz not null default now()
);

create table api_keys (
  id bigint generated always as identity primary key,
  user_id bigint not null references users (id) on delete restrict,
  group_id bigint not null references groups (id) on delete restrict,
  name text not null,
  -- SHA-256 of the whole key. The key itself is shown once and never stored.
  key_hash bytea not null unique check (octet_length(key_hash) = 32),
  key_prefix text not null,
  status text not null default 'active' check (status in ('active', 'disabled')),
  expires_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  unique (user_id, name)
);

create table subscriptions (
  id bigint generated always as identity primary key,
  user_id bigint not null references users (id) on delete restrict,
  group_id bigint not null references groups (id) on delete restrict,
  status text not null default 'active' check (status in ('active', 'suspended', 'revoked')),
  starts_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > starts_at),
  -- A window that was never opened has no start.
  day_started_at timestamptz,
  day_used_usd numeric(24, 9) not null default 0,
  week_started_at timestamptz,
  week_used_usd numeric(24, 9) not null default 0,
  month_started_at timestamptz,
  month_used_usd numeric(24, 9) not null default 0,
  created_at timestamptz not null default now(),
  unique (user_id, group_id)
);

create table accounts (
  id bigint generated always as identity primary key,
  name text not null unique,
  type text not null check (type in ('api-key', 'oauth', 'setup-token')),
  -- AES-256-GCM: key id, nonce, tag and ciphertext of the credentials as JSON (services/secrets.ts).
  credentials bytea not null,
  base_url text,
  model_mapping jsonb not null default '{}',
  concurrency integer not null default 5 check (concurrency >= 0),
  priority integer not null default 50,
  status text not null default 'active' check (status in ('active', 'disabled', 'error')),
  schedulable boolean not null default true,
  error text,
  created_at timestamptz not null default now()
);

create table account_groups (
  account_id bigint not null references accounts (id) on delete cascade,
  group_id bigint not null references groups (id) on delete cascade,
  -- Overrides the account's own priority within this group.
  priority integer,
  primary key (account_id, group_id)
);

-- The price books that events were rated with; an event names the one it used.
create table price_versions (
  id text primary key,
  data jsonb not null,
  created_at timestamptz not null default now()
);

-- One row an attempt that may have cost tokens, written once and never changed.
create table usage_events (
  id text not null,
  created_at timestamptz not null,
  exchange_id text not null,
  attempt integer not null,
  user_id bigint not null,
  key_id bigint not null,
  group_id bigint not null,
  subscription_id bigint,
  account_id bigint not null,
  requested_model text not null,
  model text not null,
  stream boolean not null,
  outcome text not null check (outcome in ('completed', 'client_closed', 'upstream_error', 'upstream_cut', 'interrupted')),
  basis text not null check (basis in ('final', 'partial', 'unknown')),
  status integer,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cache_creation_5m_tokens bigint not null,
  cache_creation_1h_tokens bigint not null,
  cache_read_tokens bigint not null,
  web_search_requests bigint not null,
  -- The facts that the columns leave out: service tier, speed, geography, iterations.
  usage jsonb not null,
  cost_usd numeric(24, 9) not null,
  charged_usd numeric(24, 9) not null,
  rate_multiplier numeric(12, 6) not null,
  price_version text not null,
  -- True when the price book did not know the model and UNKNOWN_MODEL_PRICE was used.
  price_unknown boolean not null,
  upstream_request_id text,
  queue_ms integer not null,
  first_byte_ms integer,
  duration_ms integer not null,
  settled_at timestamptz not null default now(),
  primary key (created_at, id)
) partition by range (created_at);

create index usage_events_user on usage_events (user_id, created_at desc, id desc);

create table ledger_entries (
  id bigint generated always as identity primary key,
  user_id bigint not null references users (id) on delete restrict,
  kind text not null check (kind in ('usage', 'top-up', 'adjustment', 'refund')),
  amount_usd numeric(24, 9) not null,
  -- What the entry is for: a usage event's id, an opening balance, an adjustment's idempotency key.
  source_id text not null unique,
  balance_after_usd numeric(24, 9) not null,
  created_at timestamptz not null default now()
);

create index ledger_entries_user on ledger_entries (user_id, id desc);

create table usage_hourly (
  hour timestamptz not null,
  user_id bigint not null,
  key_id bigint not null,
  group_id bigint not null,
  account_id bigint not null,
  model text not null,
  requests bigint not null,
  errors bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cache_creation_tokens bigint not null,
  cache_read_tokens bigint not null,
  cost_usd numeric(24, 9) not null,
  charged_usd numeric(24, 9) not null,
  primary key (hour, user_id, key_id, group_id, account_id, model)
);

-- Who is running on this database. Without Redis only one may.
create table instances (
  id text primary key,
  started_at timestamptz not null,
  expires_at timestamptz not null
);
