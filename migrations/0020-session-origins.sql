-- What tells somebody's sessions apart, for them to see and end one. Sessions from before have neither address nor user agent.
alter table sign_in_sessions
  add column id bigint generated always as identity unique,
  add column client_address text,
  add column user_agent text;
