-- What keeps a database of many months quick and bounded. Older replicas run beside it.
-- In the order in which usage is settled, so that this and a settler wait for each other and never in a circle.

-- The events before this were dropped with their months: what comes late of them may have been charged already.
create table usage_horizon (
  -- There is one row.
  id boolean primary key default true check (id),
  forgotten_before timestamptz not null
);

-- The pages of an account, which may have been idle for months, and of what went wrong, which is rare.
create index usage_events_account on usage_events (account_id, created_at desc, id desc);
create index usage_events_failed on usage_events (outcome, created_at desc, id desc)
  where outcome in ('upstream_error', 'upstream_cut', 'interrupted');

-- A month of a user's usage as one entry. Not checked against what is there: that was allowed less.
alter table ledger_entries drop constraint ledger_entries_kind_check;
alter table ledger_entries add constraint ledger_entries_kind_check
  check (kind in ('usage', 'top-up', 'adjustment', 'refund', 'checkpoint')) not valid;

-- The hours of usage_hourly by day (UTC), so that a year can be summed up. Both are kept when usage is settled; replicas of before this
-- add to the hours alone, which maintenance makes up for.
create table usage_daily (
  day timestamptz not null,
  user_id bigint not null,
  key_id bigint not null,
  group_id bigint not null,
  account_id bigint not null,
  model text not null,
  requests bigint not null,
  errors bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cache_creation_tokens bigint not null,
  cache_read_tokens bigint not null,
  cost_usd numeric(24, 9) not null,
  charged_usd numeric(24, 9) not null,
  primary key (day, user_id, key_id, group_id, account_id, model)
);

create index usage_daily_user on usage_daily (user_id, day);

insert into usage_daily
select date_trunc('day', hour, 'UTC'), user_id, key_id, group_id, account_id, model, sum(requests), sum(errors), sum(input_tokens),
  sum(output_tokens), sum(cache_creation_tokens), sum(cache_read_tokens), sum(cost_usd), sum(charged_usd)
from usage_hourly group by 1, 2, 3, 4, 5, 6;
