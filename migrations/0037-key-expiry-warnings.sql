-- Which keys it has been told of that they will end, so that each end is told of once a week and once a day ahead.
create table key_expiry_warnings (
  key_id bigint not null references api_keys (id) on delete cascade,
  ends_at timestamptz not null,
  days integer not null,
  created_at timestamptz not null,
  primary key (key_id, ends_at, days)
);
