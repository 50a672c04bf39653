-- Limits that people put on their own keys. They hold beside those of operators, so that they can only narrow what a key may do.

alter table api_keys
  add column own_expires_at timestamptz,
  add column own_allowed_ips text[],
  add column own_allowed_models text[],
  add column own_daily_limit_usd numeric(24, 9) check (own_daily_limit_usd > 0),
  add column own_weekly_limit_usd numeric(24, 9) check (own_weekly_limit_usd > 0),
  add column own_monthly_limit_usd numeric(24, 9) check (own_monthly_limit_usd > 0),
  add column own_total_limit_usd numeric(24, 9) check (own_total_limit_usd > 0);

create or replace trigger api_keys_changed
  after insert or delete or update of user_id, group_id, name, key_hash, status, expires_at, previous_key_hash, previous_key_until, revoked_at,
    allowed_ips, allowed_models, daily_limit_usd, weekly_limit_usd, monthly_limit_usd, total_limit_usd,
    own_expires_at, own_allowed_ips, own_allowed_models, own_daily_limit_usd, own_weekly_limit_usd, own_monthly_limit_usd, own_total_limit_usd
  on api_keys for each statement execute function notify_change('directory');
