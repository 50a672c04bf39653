-- What keeps a database of many months quick and bounded. Older replicas run beside it.
-- In the order in which usage is settled, so that this and a settler wait for each other and never in a circle.

-- The events before this were dropped with their months: what comes late of them may have been charged already.
create table usage_horizon (
  -- There is one row.
  id boolean primary key default true check (id),
  forgotten_before timestamptz not null
);
