-- Whose job it was, of what was asked with a token that was issued to one: a pipeline's cost is found by it.
alter table usage_events add column subject text;
create index usage_events_subject on usage_events (subject, created_at desc, id desc) where subject is not null;
