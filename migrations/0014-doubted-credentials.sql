-- A first 401 of an API key rests the account until one more request has tried it.
alter table account_cooldowns drop constraint account_cooldowns_kind_check;
alter table account_cooldowns add constraint account_cooldowns_kind_check
  check (kind in ('rate_limit', 'overloaded', 'billing', 'forbidden', 'unauthorized', 'failures'));
