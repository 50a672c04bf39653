-- Accounts and proxies have versions as the other rows do: they grow with each change by an operator. What the gateway writes
-- itself (credentials that were renewed, an error) is no such change.

alter table accounts add column version bigint not null default 1;
alter table proxies add column version bigint not null default 1;

create function next_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end $$;

create trigger accounts_version before update on accounts for each row
  when ((old.base_url, old.model_mapping, old.allowed_models, old.concurrency, old.priority, old.schedulable, old.owner_id, old.shared,
    old.header_profile, old.proxy_id) is distinct from (new.base_url, new.model_mapping, new.allowed_models, new.concurrency, new.priority,
    new.schedulable, new.owner_id, new.shared, new.header_profile, new.proxy_id))
  execute function next_version();

create trigger proxies_version before update of url on proxies for each row execute function next_version();

create function account_groups_version() returns trigger language plpgsql as $$
begin
  update accounts set version = version + 1 where id = coalesce(new.account_id, old.account_id);
  return null;
end $$;

create trigger account_groups_version after insert or delete or update on account_groups
  for each row execute function account_groups_version();
