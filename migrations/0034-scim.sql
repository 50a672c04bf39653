-- What an identity provider says of people and their groups by SCIM, beside what Sluice knows of them itself.

create table scim_users (
  user_id bigint primary key references users (id) on delete cascade,
  -- What the provider calls them; null where that is the e-mail address.
  user_name text,
  external_id text,
  display_name text,
  given_name text,
  family_name text,
  -- Since when the provider wants them out: what they have under way is ended as well.
  deprovisioned_at timestamptz,
  -- Whether that is what disabled them. Whom operators have disabled the provider does not enable.
  disabled_by_it boolean not null default false,
  -- The provider has removed them. The user stays, for what was used.
  removed_at timestamptz,
  updated_at timestamptz not null
);

create unique index scim_users_user_name on scim_users (lower(user_name)) where user_name is not null;
create index scim_users_external_id on scim_users (external_id) where external_id is not null;

create table scim_groups (
  id bigint generated always as identity primary key,
  display_name text not null unique,
  external_id text,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create index scim_groups_external_id on scim_groups (external_id) where external_id is not null;

create table scim_group_members (
  group_id bigint not null references scim_groups (id) on delete cascade,
  user_id bigint not null references users (id) on delete cascade,
  primary key (group_id, user_id)
);

create index scim_group_members_user on scim_group_members (user_id);
