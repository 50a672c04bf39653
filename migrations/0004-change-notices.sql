-- Several processes on one database: who they are, and how each learns at once of what another, or the sluice command,
-- has changed. A notice is sent by the transaction that changes, and says only what kind of thing did.

alter table instances
  -- Each start is another life; one folder can have one at a time.
  add column life text,
  -- Shares its slots with others over Redis; one that doesn't must be alone.
  add column shares_slots boolean not null default false;

create function notify_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('sluice_changes', tg_argv[0]);
  return null;
end $$;

-- `directory`: who may ask, and what they may spend. Columns that the settler moves each second are left out.
create trigger users_changed
  after insert or delete or update of email, role, status, concurrency on users
  for each statement execute function notify_change('directory');
create trigger api_keys_changed
  after insert or delete or update of user_id, group_id, name, key_hash, status, expires_at, previous_key_hash, previous_key_until, revoked_at
  on api_keys for each statement execute function notify_change('directory');
create trigger groups_changed
  after insert or delete or update on groups
  for each statement execute function notify_change('directory');
create trigger subscriptions_changed
  after insert or delete or update of status, starts_at, expires_at on subscriptions
  for each statement execute function notify_change('directory');
-- What operators do to a balance; usage is settled by the process that has counted it already.
create trigger ledger_changed
  after insert on ledger_entries
  for each row when (new.kind in ('top-up', 'adjustment', 'refund')) execute function notify_change('directory');

-- `accounts`: where requests may go, and how those places are. Their usage windows move with each answer and are left out.
create trigger accounts_changed
  after insert or delete or update of name, type, credentials, base_url, model_mapping, concurrency, priority, status, schedulable, error,
    owner_id, shared, header_profile, allowed_models, proxy_id
  on accounts for each statement execute function notify_change('accounts');
create trigger account_groups_changed
  after insert or delete or update on account_groups
  for each statement execute function notify_change('accounts');
create trigger proxies_changed
  after insert or delete or update on proxies
  for each statement execute function notify_change('accounts');
create trigger account_cooldowns_changed
  after insert or delete or update on account_cooldowns
  for each statement execute function notify_change('accounts');

-- `profiles`: how the clients of an account call themselves.
create trigger account_header_profiles_changed
  after insert or update on account_header_profiles
  for each statement execute function notify_change('profiles');
