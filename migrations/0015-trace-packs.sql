-- How exchanges were decided, many in a row: a row for each trace, taken apart as jsonb and found by an index of random ids, was the
-- dearest thing that a request left to do. Replicas of before this write to exchange_traces while they drain; its days are dropped as
-- they end.
create table exchange_trace_packs (
  -- The minute in which the exchanges arrived, as their ids say.
  created_at timestamptz not null,
  -- Lines of text, one an exchange, compressed with Brotli.
  traces bytea not null
) partition by range (created_at);

-- It is compressed already.
alter table exchange_trace_packs alter column traces set storage external;

create index exchange_trace_packs_minute on exchange_trace_packs (created_at);
