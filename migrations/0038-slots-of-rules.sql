-- Jobs of a workload rule may have slots of their own, beside those of the user in whose name they ask. Null: they use the user's.
alter table workload_rules add column concurrency integer check (concurrency >= 0);
alter table api_keys add column concurrency integer check (concurrency >= 0);

create or replace trigger api_keys_changed
  after insert or delete or update of user_id, group_id, name, key_hash, status, expires_at, previous_key_hash, previous_key_until, revoked_at,
    allowed_ips, allowed_models, daily_limit_usd, weekly_limit_usd, monthly_limit_usd, total_limit_usd,
    own_expires_at, own_allowed_ips, own_allowed_models, own_daily_limit_usd, own_weekly_limit_usd, own_monthly_limit_usd, own_total_limit_usd,
    concurrency
  on api_keys for each statement execute function notify_change('directory');
