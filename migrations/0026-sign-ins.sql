-- Tools that are signed in for a person, and jobs, ask with tokens that last a short while and stand for a key.

alter table api_keys
  -- How it came to be: made by hand, or for what signs in. The secret of one that was not made by hand is known to nobody.
  add column made_by text not null default 'hand' check (made_by in ('hand', 'sign-in', 'workload'));

-- A tool on a machine that somebody let in, until they or an operator end it.
create table sign_ins (
  id bigint generated always as identity primary key,
  -- What it spends and may do is that key's.
  key_id bigint not null references api_keys (id) on delete cascade,
  user_id bigint not null references users (id) on delete cascade,
  -- What it called itself, and where it asked from.
  client text,
  client_address text,
  user_agent text,
  -- SHA-256 of the token that gets it new access tokens, which is stored nowhere.
  refresh_hash bytea not null unique check (octet_length(refresh_hash) = 32),
  created_at timestamptz not null,
  refreshed_at timestamptz,
  revoked_at timestamptz
);

create index sign_ins_user on sign_ins (user_id);
create index sign_ins_key on sign_ins (key_id);

create table access_tokens (
  -- SHA-256 of the token, which is stored nowhere.
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  key_id bigint not null references api_keys (id) on delete cascade,
  sign_in_id bigint references sign_ins (id) on delete cascade,
  -- The job that it was issued to.
  subject text,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);

create index access_tokens_key on access_tokens (key_id);
create index access_tokens_sign_in on access_tokens (sign_in_id) where sign_in_id is not null;
create index access_tokens_expiry on access_tokens (expires_at);

-- A token that is new was asked about by nobody yet, and one that has expired is refused whether it is there or not.
create trigger sign_ins_changed
  after update of revoked_at on sign_ins
  for each statement execute function notify_change('directory');
create trigger access_tokens_changed
  after update of revoked_at on access_tokens
  for each statement execute function notify_change('directory');
