-- The role that applies migrations. Run by a superuser, once a cluster; repeating it changes nothing.
-- {{owner}} stands for its name, as a quoted identifier. Its password is set by the caller.

do $cluster$
begin
  -- Two runs may begin at the same moment on one server.
  perform pg_advisory_xact_lock(hashtext('pytest-readiness: roles'));

  if not exists (select from pg_roles where oid = to_regrole($owner${{owner}}$owner$)) then
    create role {{owner}} login nosuperuser createdb createrole bypassrls;
  elsif (select rolsuper from pg_roles where oid = to_regrole($owner${{owner}}$owner$)) then
    raise exception 'the role {{owner}} is a superuser: migrations applied as it could run programs';
  end if;

  -- Before 16, CREATEROLE may grant itself any role that is no superuser: the three that reach
  -- files and programs too. Where a server has them it is given up; ours of that age have none.
  if current_setting('server_version_num')::int < 160000
    and exists (select from pg_roles where rolname in (
      'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))
  then
    alter role {{owner}} nocreaterole;
  end if;
end
$cluster$;
