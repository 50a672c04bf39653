-- People who share a budget. What is in none of these tables works as before: a key without a team counts in none.

create table teams (
  id bigint generated always as identity primary key,
  name text not null unique,
  status text not null default 'active' check (status in ('active', 'disabled')),
  -- The pool: what all keys of the team may be charged together.
  daily_limit_usd numeric(24, 9) check (daily_limit_usd > 0),
  weekly_limit_usd numeric(24, 9) check (weekly_limit_usd > 0),
  monthly_limit_usd numeric(24, 9) check (monthly_limit_usd > 0),
  -- Whose days, weeks and months those are.
  time_zone text not null default 'UTC',
  note text check (char_length(note) between 1 and 500),
  version bigint not null default 1,
  created_at timestamptz not null default now(),
  -- What was charged. A window that was never opened has no start.
  day_started_at timestamptz,
  day_used_usd numeric(24, 9) not null default 0,
  week_started_at timestamptz,
  week_used_usd numeric(24, 9) not null default 0,
  month_started_at timestamptz,
  month_used_usd numeric(24, 9) not null default 0
);

create table team_members (
  id bigint generated always as identity primary key,
  team_id bigint not null references teams (id) on delete cascade,
  user_id bigint not null references users (id) on delete cascade,
  role text not null default 'member' check (role in ('lead', 'member')),
  -- What the others cannot use up.
  guaranteed_daily_usd numeric(24, 9) check (guaranteed_daily_usd > 0),
  guaranteed_weekly_usd numeric(24, 9) check (guaranteed_weekly_usd > 0),
  guaranteed_monthly_usd numeric(24, 9) check (guaranteed_monthly_usd > 0),
  -- What they cannot go beyond, however much of the pool is left.
  daily_limit_usd numeric(24, 9) check (daily_limit_usd > 0),
  weekly_limit_usd numeric(24, 9) check (weekly_limit_usd > 0),
  monthly_limit_usd numeric(24, 9) check (monthly_limit_usd > 0),
  version bigint not null default 1,
  created_at timestamptz not null default now(),
  day_started_at timestamptz,
  day_used_usd numeric(24, 9) not null default 0,
  week_started_at timestamptz,
  week_used_usd numeric(24, 9) not null default 0,
  month_started_at timestamptz,
  month_used_usd numeric(24, 9) not null default 0,
  unique (team_id, user_id)
);

create index team_members_user on team_members (user_id);

-- More for a while, on top of a limit: of the pool, or of one member.
create table budget_raises (
  id bigint generated always as identity primary key,
  team_id bigint not null references teams (id) on delete cascade,
  -- Null is the pool.
  user_id bigint,
  period text not null check (period in ('daily', 'weekly', 'monthly')),
  amount_usd numeric(24, 9) not null check (amount_usd > 0),
  until_at timestamptz not null,
  reason text not null check (char_length(reason) between 1 and 500),
  -- Who gave it, as the audit log names them.
  given_by text not null,
  created_at timestamptz not null default now(),
  -- When somebody ended it before its time.
  ended_at timestamptz,
  foreign key (team_id, user_id) references team_members (team_id, user_id) on delete cascade
);

create index budget_raises_team on budget_raises (team_id, until_at desc);

-- What teams that are gone were called: usage outlasts them.
create table removed_teams (
  id bigint primary key,
  name text not null,
  removed_at timestamptz not null
);

alter table api_keys add column team_id bigint references teams (id) on delete set null;
create index api_keys_team on api_keys (team_id) where team_id is not null;

-- The team that the key was in when the request was sent.
alter table usage_events add column team_id bigint;
create index usage_events_team on usage_events (team_id, created_at desc, id desc) where team_id is not null;

-- What of usage_hourly and usage_daily was used in teams. Apart from those, which replicas of before this go on adding to.
create table team_usage_hourly (
  hour timestamptz not null,
  team_id bigint not null,
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
  primary key (hour, team_id, user_id, key_id, group_id, account_id, model)
);
create index team_usage_hourly_team on team_usage_hourly (team_id, hour);

create table team_usage_daily (
  day timestamptz not null,
  team_id bigint not null,
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
  primary key (day, team_id, user_id, key_id, group_id, account_id, model)
);
create index team_usage_daily_team on team_usage_daily (team_id, day);

alter table budget_alerts drop constraint budget_alerts_budget_check;
alter table budget_alerts add constraint budget_alerts_budget_check
  check (budget in ('key', 'subscription', 'balance', 'team', 'team-member'));

-- What settlement moves each second is left out.
create trigger teams_changed
  after insert or delete or update of name, status, daily_limit_usd, weekly_limit_usd, monthly_limit_usd, time_zone
  on teams for each statement execute function notify_change('directory');
create trigger team_members_changed
  after insert or delete or update of user_id, role, guaranteed_daily_usd, guaranteed_weekly_usd, guaranteed_monthly_usd,
    daily_limit_usd, weekly_limit_usd, monthly_limit_usd
  on team_members for each statement execute function notify_change('directory');
create trigger budget_raises_changed
  after insert or delete or update on budget_raises
  for each statement execute function notify_change('directory');

create or replace trigger api_keys_changed
  after insert or delete or update of user_id, group_id, name, key_hash, status, expires_at, previous_key_hash, previous_key_until, revoked_at,
    allowed_ips, allowed_models, daily_limit_usd, weekly_limit_usd, monthly_limit_usd, total_limit_usd,
    own_expires_at, own_allowed_ips, own_allowed_models, own_daily_limit_usd, own_weekly_limit_usd, own_monthly_limit_usd, own_total_limit_usd,
    concurrency, team_id
  on api_keys for each statement execute function notify_change('directory');
