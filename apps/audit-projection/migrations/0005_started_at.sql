-- When it was last told to start: until each partition has been taken after that, nobody knows where the group stands.
alter table audit.projection add column started_at timestamptz not null default '-infinity';
