-- Jobs exchange the token that says who they are for one of ours, which lasts minutes. Rules say which, and what they may then do.

create table workload_rules (
  id bigint generated always as identity primary key,
  name text not null unique,
  issuer text not null,
  -- Null is where clients reach Sluice.
  audience text,
  -- What claims must be.
  conditions jsonb not null,
  -- Of several that match the lowest decides.
  priority integer not null default 50,
  user_id bigint not null references users (id) on delete restrict,
  group_id bigint not null references groups (id) on delete restrict,
  status text not null default 'active' check (status in ('active', 'disabled')),
  allowed_models text[],
  daily_limit_usd numeric(24, 9) check (daily_limit_usd > 0),
  weekly_limit_usd numeric(24, 9) check (weekly_limit_usd > 0),
  monthly_limit_usd numeric(24, 9) check (monthly_limit_usd > 0),
  total_limit_usd numeric(24, 9) check (total_limit_usd > 0),
  life_minutes integer not null default 15 check (life_minutes between 1 and 60),
  note text check (char_length(note) between 1 and 500),
  -- What its tokens stand for. It is made of the rule, and follows it.
  key_id bigint unique references api_keys (id) on delete restrict,
  version bigint not null default 1
);

create index workload_rules_issuer on workload_rules (issuer);
create index workload_rules_user on workload_rules (user_id);
create index workload_rules_group on workload_rules (group_id);

-- Each token is exchanged once, whichever replica is asked.
create table exchanged_tokens (
  -- SHA-256 of the issuer and what it calls the token.
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  -- From then on the token is refused anyway.
  expires_at timestamptz not null
);

create index exchanged_tokens_expiry on exchanged_tokens (expires_at);
