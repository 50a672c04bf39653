-- What asks to be signed in, from a tool or a terminal, until somebody has let it in or it is too late (RFC 8628).
create table device_codes (
  -- SHA-256 of the code that it asks with, which says all that is known of it: whoever holds one can have its row made again.
  code_hash bytea primary key check (octet_length(code_hash) = 32),
  -- What its person reads on one screen and compares with another.
  user_code text not null unique,
  client text,
  client_address text,
  user_agent text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  decision text check (decision in ('approved', 'denied')),
  decided_at timestamptz,
  user_id bigint references users (id) on delete cascade,
  key_id bigint references api_keys (id) on delete cascade,
  -- The one answer that it gets. Sealed, it is kept for a minute in which it may be asked for again: it could have been lost on its way.
  answered_at timestamptz,
  sealed_answer bytea,
  check ((decision is null) = (decided_at is null)),
  check (decision is distinct from 'approved' or (user_id is not null and key_id is not null))
);

create index device_codes_expiry on device_codes (expires_at);

alter table sign_ins add column version bigint not null default 1;
