-- What a group has Claude Code take as its managed settings. As text: the checksum is of what is written here, to the letter.

alter table groups
  add column managed_settings json check (octet_length(managed_settings::text) <= 65536),
  add column managed_settings_checksum text,
  add column managed_settings_uuid uuid,
  add check (num_nonnulls(managed_settings, managed_settings_checksum, managed_settings_uuid) in (0, 3));
