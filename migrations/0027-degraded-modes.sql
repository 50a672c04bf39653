-- When something was away, and a replica served without it. Written when it is over.
create table degraded_modes (
  -- Given by the replica, so that one that is told twice is there once.
  id text primary key,
  mode text not null,
  instance_id text not null,
  replica text not null,
  began_at timestamptz not null,
  ended_at timestamptz not null check (ended_at >= began_at),
  -- Its process was stopped or gone while it lasted: how it went on is not known.
  is_cut boolean not null,
  -- How bad it was.
  facts jsonb not null
);

create index degraded_modes_began on degraded_modes (began_at desc, id desc);

-- What each replica last said of itself. It outlives the replica: a journal that nobody has settled is no less there for that.
create table replica_reports (
  instance_id text primary key,
  replica text not null,
  reported_at timestamptz not null,
  report jsonb not null
);
