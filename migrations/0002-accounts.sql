-- What lets accounts sign in, stay healthy and explain themselves.

create table proxies (
  id bigint generated always as identity primary key,
  name text not null unique,
  -- The URL with its user and password, sealed like an account's credentials.
  url bytea not null,
  created_at timestamptz not null default now()
);

alter table accounts
  add column owner_id bigint references users (id) on delete restrict,
  add column shared boolean not null default false,
  add column header_profile boolean not null default false,
  add column allowed_models text[],
  add column proxy_id bigint references proxies (id) on delete restrict,
  -- Who is refreshing the sign-in at the moment, and until when nobody else may.
  add column refresh_holder text,
  add column refresh_until timestamptz,
  -- Somebody's own sign-in serves its owner, or says that it doesn't.
  add constraint accounts_sign_in_has_owner check (type = 'api-key' or owner_id is not null or shared);

alter table groups add column model_mapping jsonb not null default '{}';

-- Why an account is not selected, and until when. `scope` is '' for all models, 'family:opus' or 'model:claude-…'.
create table account_cooldowns (
  account_id bigint not null references accounts (id) on delete cascade,
  kind text not null check (kind in ('rate_limit', 'overloaded', 'billing', 'forbidden', 'failures')),
  scope text not null default '',
  reason text not null,
  since timestamptz not null,
  until timestamptz not null,
  -- From here on one request may try whether it is over already.
  probe_at timestamptz,
  -- How often in a row: a breaker stays open for longer each time.
  level integer not null default 1,
  primary key (account_id, kind, scope)
);

-- The usage windows of a signed-in account ('5h', '7d', …), as its last answer stated them.
create table account_windows (
  account_id bigint not null references accounts (id) on delete cascade,
  name text not null,
  status text,
  -- A fraction; 1 is all.
  utilization double precision,
  resets_at timestamptz,
  seen_at timestamptz not null,
  primary key (account_id, name)
);

-- The newest headers that one family of clients was seen to send through an account.
create table account_header_profiles (
  account_id bigint not null references accounts (id) on delete cascade,
  family text not null,
  headers jsonb not null,
  seen_at timestamptz not null,
  primary key (account_id, family)
);

-- Who changed what; rows are only ever added.
create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  -- 'admin', or 'sluice' for what the gateway does by itself.
  actor text not null,
  action text not null,
  -- What was changed: 'account main'.
  subject text not null,
  -- From what to what; no secret is in it.
  detail jsonb not null,
  exchange_id text
);

create index audit_log_subject on audit_log (subject, id desc);

-- How each request was decided, kept for days; partitioned by day so that forgetting is dropping.
create table exchange_traces (
  id text not null,
  created_at timestamptz not null,
  trace jsonb not null,
  primary key (id, created_at)
) partition by range (created_at);
