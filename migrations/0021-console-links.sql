-- Links that sign an operator in once. What is stored is a hash of their code.
create table console_links (
  code_hash bytea primary key,
  -- Who made it: an actor of the audit log.
  made_by text not null,
  expires_at timestamptz not null
);

-- A session that such a link began belongs to no user: it is an operator's, and has the name that its changes are on record under.
alter table sign_in_sessions
  alter column user_id drop not null,
  add column operator text,
  add constraint sign_in_sessions_owner check ((user_id is null) <> (operator is null));
