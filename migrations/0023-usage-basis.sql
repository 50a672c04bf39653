-- What did not end as it should is rare, and asked for by what its numbers are based on.
create index usage_events_estimated on usage_events (basis, created_at desc, id desc) where basis in ('partial', 'unknown');
