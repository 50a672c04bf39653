-- To what a lead of its team limits a key, beside its owner and operators.
alter table api_keys
  add column team_daily_limit_usd numeric(24, 9) check (team_daily_limit_usd > 0),
  add column team_weekly_limit_usd numeric(24, 9) check (team_weekly_limit_usd > 0),
  add column team_monthly_limit_usd numeric(24, 9) check (team_monthly_limit_usd > 0),
  add column team_total_limit_usd numeric(24, 9) check (team_total_limit_usd > 0);

-- Members are changed with their team, whose version tells of it. Raises are rows of their own.
alter table team_members drop column version;
alter table budget_raises add column version bigint not null default 1;

create or replace trigger api_keys_changed
  after insert or delete or update of user_id, group_id, name, key_hash, status, expires_at, previous_key_hash, previous_key_until, revoked_at,
    allowed_ips, allowed_models, daily_limit_usd, weekly_limit_usd, monthly_limit_usd, total_limit_usd,
    own_expires_at, own_allowed_ips, own_allowed_models, own_daily_limit_usd, own_weekly_limit_usd, own_monthly_limit_usd, own_total_limit_usd,
    concurrency, team_id, brakes, team_daily_limit_usd, team_weekly_limit_usd, team_monthly_limit_usd, team_total_limit_usd
  on api_keys for each statement execute function notify_change('directory');
