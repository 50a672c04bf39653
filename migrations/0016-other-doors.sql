-- Other doors to the same API: how an API key is shown there, and models whose names the upstream of this account alone knows.
alter table accounts
  add column auth text not null default 'x-api-key' check (auth in ('x-api-key', 'bearer')),
  add column accepted_models text[] not null default '{}';

-- As before, with the new columns: 0004 and 0012.
drop trigger accounts_changed on accounts;
create trigger accounts_changed
  after insert or delete or update of name, type, credentials, base_url, model_mapping, concurrency, priority, status, schedulable, error,
    owner_id, shared, header_profile, allowed_models, proxy_id, auth, accepted_models
  on accounts for each statement execute function notify_change('accounts');

drop trigger accounts_version on accounts;
create trigger accounts_version before update on accounts for each row
  when ((old.base_url, old.model_mapping, old.allowed_models, old.concurrency, old.priority, old.schedulable, old.owner_id, old.shared,
    old.header_profile, old.proxy_id, old.auth, old.accepted_models) is distinct from (new.base_url, new.model_mapping, new.allowed_models,
    new.concurrency, new.priority, new.schedulable, new.owner_id, new.shared, new.header_profile, new.proxy_id, new.auth,
    new.accepted_models))
  execute function next_version();
