-- Where a session's commands begin: /root, or the repository that was chosen at its start.
alter table sessions add column working_directory text not null default '/root' check (working_directory like '/%');
alter table sessions alter column working_directory drop default;
