-- What a client key may be used for, beside what its group says. Null allows all.

alter table api_keys
  -- Addresses and networks that requests may come from.
  add column allowed_ips text[],
  add column allowed_models text[],
  -- What it may be charged.
  add column daily_limit_usd numeric(24, 9) check (daily_limit_usd > 0),
  add column weekly_limit_usd numeric(24, 9) check (weekly_limit_usd > 0),
  add column monthly_limit_usd numeric(24, 9) check (monthly_limit_usd > 0),
  add column total_limit_usd numeric(24, 9) check (total_limit_usd > 0),
  -- What it was charged, with or without limits. A window that was never opened has no start.
  add column day_started_at timestamptz,
  add column day_used_usd numeric(24, 9) not null default 0,
  add column week_started_at timestamptz,
  add column week_used_usd numeric(24, 9) not null default 0,
  add column month_started_at timestamptz,
  add column month_used_usd numeric(24, 9) not null default 0,
  add column total_used_usd numeric(24, 9) not null default 0;

-- Columns that the settler moves each second are left out.
create or replace trigger api_keys_changed
  after insert or delete or update of user_id, group_id, name, key_hash, status, expires_at, previous_key_hash, previous_key_until, revoked_at,
    allowed_ips, allowed_models, daily_limit_usd, weekly_limit_usd, monthly_limit_usd, total_limit_usd
  on api_keys for each statement execute function notify_change('directory');
