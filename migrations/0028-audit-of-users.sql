-- What concerns a user is found by how its subject begins: `key ann@example.com/…`. It serves whole subjects as well.
create index audit_log_subject_start on audit_log (subject text_pattern_ops, id desc);
drop index audit_log_subject;

-- Whose codes were redeemed is in the details.
create index audit_log_redeemed on audit_log ((detail ->> 'user'), id desc) where action = 'code.redeemed';
