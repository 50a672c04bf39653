-- What stops a key that runs away, where it is set for the key alone: parts and values as operators give them.
alter table api_keys add column brakes jsonb;

create or replace trigger api_keys_changed
  after insert or delete or update of user_id, group_id, name, key_hash, status, expires_at, previous_key_hash, previous_key_until, revoked_at,
    allowed_ips, allowed_models, daily_limit_usd, weekly_limit_usd, monthly_limit_usd, total_limit_usd,
    own_expires_at, own_allowed_ips, own_allowed_models, own_daily_limit_usd, own_weekly_limit_usd, own_monthly_limit_usd, own_total_limit_usd,
    concurrency, team_id, brakes
  on api_keys for each statement execute function notify_change('directory');

-- When a session or key was paused, by a brake or by somebody. One that was resumed, or has ended by itself, stays on record.
create table pauses (
  id bigint generated always as identity primary key,
  user_id bigint not null references users (id) on delete cascade,
  key_id bigint not null references api_keys (id) on delete cascade,
  -- As the client names it, or made from what it says; null: the whole key.
  session text,
  -- An agent of the session; '' is the one that it began with; null: the whole session.
  agent text,
  kind text not null check (kind in ('spend', 'requests', 'identical_turns', 'hand')),
  reason text not null,
  -- The request that tripped the brake.
  exchange_id text,
  created_by text not null,
  created_at timestamptz not null default now(),
  -- Null: it lasts until somebody resumes.
  ends_at timestamptz,
  resumed_at timestamptz,
  resumed_by text,
  version bigint not null default 1,
  check (agent is null or session is not null)
);

-- Of what is paused already there is no second pause, whichever replica comes later.
create unique index pauses_not_resumed on pauses (key_id, coalesce(session, ''), coalesce(agent, E'\x01')) where resumed_at is null;
create index pauses_user on pauses (user_id, id desc);

create trigger pauses_changed
  after insert or delete or update on pauses for each statement execute function notify_change('pauses');
