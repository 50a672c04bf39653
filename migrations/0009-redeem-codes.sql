-- Codes that people redeem once, for balance or for days of a subscription. The code itself is shown once and never stored.
create table redeem_codes (
  id bigint generated always as identity primary key,
  code_hash bytea not null unique check (octet_length(code_hash) = 32),
  -- How it begins, by which people tell codes apart.
  hint text not null,
  kind text not null check (kind in ('balance', 'subscription')),
  amount_usd numeric(24, 9) check (amount_usd > 0),
  group_id bigint references groups (id) on delete restrict,
  days integer check (days > 0),
  note text,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  redeemed_at timestamptz,
  redeemed_by bigint references users (id) on delete restrict,
  version bigint not null default 1,
  check ((kind = 'balance') = (amount_usd is not null)),
  check ((kind = 'subscription') = (group_id is not null)),
  check ((kind = 'subscription') = (days is not null)),
  check ((redeemed_at is null) = (redeemed_by is null))
);
