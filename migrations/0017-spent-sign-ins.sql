-- A refresh token that the token endpoint has refused for good, so that no other process sends it again.
alter table accounts
  -- Its SHA-256. Null where the token on record is not known to be spent.
  add column refresh_spent text;
