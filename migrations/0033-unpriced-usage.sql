-- What had no price is rare, and asked for by who sets one.
create index usage_events_unpriced on usage_events (created_at) where price_unknown;
