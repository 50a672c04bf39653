-- What operators change over the admin API. `version` grows with each change by an operator, and with nothing else.

alter table groups add column version bigint not null default 1;

alter table users add column version bigint not null default 1;

alter table api_keys
  add column version bigint not null default 1,
  -- The secret before the last rotation, for as long as it still works.
  add column previous_key_hash bytea check (octet_length(previous_key_hash) = 32),
  add column previous_key_until timestamptz,
  -- From then on the key never works again, whatever its status says.
  add column revoked_at timestamptz,
  add constraint api_keys_previous_key_ends check ((previous_key_hash is null) = (previous_key_until is null));

create index api_keys_previous_key on api_keys (previous_key_hash) where previous_key_hash is not null;

alter table subscriptions add column version bigint not null default 1;

-- Why an operator changed a balance.
alter table ledger_entries add column note text;
