-- By what an OpenID provider knows somebody for good, while e-mail addresses change and are given to others: its issuer and the subject.
create table sign_in_identities (
  issuer text not null,
  subject text not null,
  user_id bigint not null references users (id) on delete cascade,
  created_at timestamptz not null,
  primary key (issuer, subject),
  -- Nobody is two people of one provider.
  unique (issuer, user_id)
);

create index sign_in_identities_user on sign_in_identities (user_id);
