-- A setting or a price that is set again after it was taken away is another row of the same name. It begins at a version that none
-- before it had: whoever began from one of those is told. A million apart, since each change counts on from where its row began.

create sequence runtime_settings_versions increment by 1000000 owned by runtime_settings.version;
alter table runtime_settings alter column version set default nextval('runtime_settings_versions');

create sequence price_overrides_versions increment by 1000000 owned by price_overrides.version;
alter table price_overrides alter column version set default nextval('price_overrides_versions');
