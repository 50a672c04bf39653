-- People who sign in: the operators of the admin API, and users who look after their own keys.

alter table users
  -- Argon2id in PHC form; null for who has none.
  add column password_hash text;

alter table users drop constraint users_role_check;
-- A viewer sees all that an admin sees, and changes nothing.
alter table users add constraint users_role_check check (role in ('admin', 'viewer', 'user'));

create table sign_in_sessions (
  -- SHA-256 of the token in the person's cookie, which is stored nowhere.
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  user_id bigint not null references users (id) on delete cascade,
  -- How they signed in: password, oidc.
  method text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

create index sign_in_sessions_user on sign_in_sessions (user_id);
create index sign_in_sessions_expiry on sign_in_sessions (expires_at);
