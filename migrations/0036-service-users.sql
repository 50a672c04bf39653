-- Users that are no people: they do not sign in, and belong to somebody who does.

alter table users
  add column kind text not null default 'person' check (kind in ('person', 'service')),
  add column owner_id bigint references users (id) on delete restrict,
  add constraint users_service_owner check ((kind = 'service') = (owner_id is not null));

create index users_owner on users (owner_id) where owner_id is not null;
