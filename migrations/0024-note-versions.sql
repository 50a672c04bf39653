-- A note is a change by an operator as any other: who began from the row before it is told.
drop trigger proxies_version on proxies;
create trigger proxies_version before update of url, note on proxies for each row execute function next_version();

drop trigger accounts_version on accounts;
create trigger accounts_version before update on accounts for each row
  when ((old.base_url, old.model_mapping, old.allowed_models, old.concurrency, old.priority, old.schedulable, old.owner_id, old.shared,
    old.header_profile, old.proxy_id, old.auth, old.accepted_models, old.note) is distinct from (new.base_url, new.model_mapping,
    new.allowed_models, new.concurrency, new.priority, new.schedulable, new.owner_id, new.shared, new.header_profile, new.proxy_id,
    new.auth, new.accepted_models, new.note))
  execute function next_version();
