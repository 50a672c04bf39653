-- What a client key may be used for, beside what its group says. Null allows all.

alter table api_keys
  -- Addresses and networks that requests may come from.
  add column allowed_ips text[],
  add column allowed_models text[];

create or replace trigger api_keys_changed
  after insert or delete or update of user_id, group_id, name, key_hash, status, expires_at, previous_key_hash, previous_key_until, revoked_at,
    allowed_ips, allowed_models
  on api_keys for each statement execute function notify_change('directory');
