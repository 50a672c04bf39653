-- The audit log becomes a chain: each row has the hash of its content and of the row before. A trigger does that, so that replicas of
-- the version before, which know nothing of it, add to the same chain.

alter table audit_log
  -- Its place in the chain; null in rows from before the chain, which the checkpoint below covers.
  add column seq bigint,
  add column prev_hash bytea check (octet_length(prev_hash) = 32),
  add column hash bytea check (octet_length(hash) = 32),
  -- Where it came from; null for what came from nowhere else.
  add column request_id text,
  add column client_address text,
  add column user_agent text;

create unique index audit_log_seq on audit_log (seq);

-- The end of the chain. Writers lock its one row, so that they take turns.
create table audit_chain (
  id boolean primary key default true check (id),
  seq bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  -- The checkpoint: the last row from before the chain, how many there were, and the hash over them all, with which the chain begins.
  old_through bigint not null,
  old_rows bigint not null,
  old_hash bytea not null check (octet_length(old_hash) = 32)
);

-- Its length in bytes tells where a field ends, whatever is in it.
create function audit_field(value text) returns text language sql immutable as $$
  select coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value, '-')
$$;

-- services/records/audit-log.ts computes the same.
create function audit_hash(previous bytea, entry audit_log) returns bytea language sql immutable as $$
  select sha256(convert_to(concat_ws(E'\n',
    encode(previous, 'hex'),
    audit_field(entry.seq::text),
    audit_field(entry.id::text),
    audit_field((extract(epoch from entry.at) * 1000000)::bigint::text),
    audit_field(entry.actor),
    audit_field(entry.action),
    audit_field(entry.subject),
    audit_field(entry.detail::text),
    audit_field(entry.exchange_id),
    audit_field(entry.request_id),
    audit_field(entry.client_address),
    audit_field(entry.user_agent)), 'UTF8'))
$$;

do $$
declare
  entry audit_log;
  through bigint := 0;
  total bigint := 0;
  digest bytea := decode(repeat('00', 32), 'hex');
begin
  for entry in select * from audit_log order by id loop
    digest := audit_hash(digest, entry);
    through := entry.id;
    total := total + 1;
  end loop;
  insert into audit_chain (seq, hash, old_through, old_rows, old_hash) values (0, digest, through, total, digest);
end
$$;

create function audit_chain_entry() returns trigger language plpgsql as $$
declare
  head audit_chain;
begin
  select * into strict head from audit_chain for update;
  new.seq := head.seq + 1;
  new.prev_hash := head.hash;
  new.hash := audit_hash(head.hash, new);
  update audit_chain set seq = new.seq, hash = new.hash;
  return new;
end
$$;

create trigger audit_log_chained before insert on audit_log for each row execute function audit_chain_entry();

create function audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is only ever added to: % on % is refused', tg_op, tg_table_name;
end
$$;

create trigger audit_log_append_only before update or delete or truncate on audit_log execute function audit_refuse();

create trigger audit_chain_kept before insert or delete or truncate on audit_chain execute function audit_refuse();

-- Only the trigger above moves the end of the chain.
create trigger audit_chain_moved before update on audit_chain for each row when (pg_trigger_depth() = 0) execute function audit_refuse();
