-- What operators are to remember of a row; nobody else is shown it.
alter table users add column note text check (char_length(note) between 1 and 500);
alter table api_keys add column note text check (char_length(note) between 1 and 500);
alter table groups add column note text check (char_length(note) between 1 and 500);
alter table accounts add column note text check (char_length(note) between 1 and 500);
alter table proxies add column note text check (char_length(note) between 1 and 500);
