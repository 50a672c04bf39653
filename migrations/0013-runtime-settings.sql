-- Settings that operators have changed while Sluice runs. They win over the environment until they are taken back.
create table runtime_settings (
  name text primary key,
  value text not null,
  version bigint not null default 1,
  updated_at timestamptz not null default now()
);

create trigger runtime_settings_changed
  after insert or update or delete on runtime_settings for each statement execute function notify_change('settings');
