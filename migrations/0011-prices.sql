-- Prices that an operator has given, and which prices held when.

-- Newer price books than the one that Sluice comes with; the last one counts.
create table price_books (
  id bigint generated always as identity primary key,
  data jsonb not null,
  created_at timestamptz not null default now()
);

-- An operator's own prices of a model, in the form of a price book's models.
create table price_overrides (
  model text primary key,
  data jsonb not null,
  version bigint not null default 1,
  updated_at timestamptz not null default now()
);

-- What is sent while an entry is the last one is priced by its version, whenever it is settled.
create table price_timeline (
  id bigint generated always as identity primary key,
  version text not null references price_versions (id),
  in_force_from timestamptz not null default now()
);

create trigger price_timeline_changed
  after insert on price_timeline for each statement execute function notify_change('prices');

-- What an event was charged when it was settled, where it was priced anew since: its ledger entry says that.
alter table usage_events add column first_charged_usd numeric(24, 9);
