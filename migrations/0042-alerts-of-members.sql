-- Who is taken out of a team and in again gets another row of members, and is to be told of a threshold only once all the same.
alter table budget_alerts
  -- Of a member's share the user, whose team is the subject; 0: the budget is nobody's share.
  add column member_id bigint not null default 0,
  drop constraint budget_alerts_pkey;

update budget_alerts a set subject_id = m.team_id, member_id = m.user_id
from team_members m where a.budget = 'team-member' and m.id = a.subject_id;

-- Of those who are out now nothing tells any more who they were.
delete from budget_alerts where budget = 'team-member' and member_id = 0;

alter table budget_alerts add primary key (budget, subject_id, member_id, period, began_at, limit_usd, percent);
