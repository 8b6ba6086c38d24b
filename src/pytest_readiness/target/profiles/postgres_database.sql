-- A plain database, owned by the role that applies migrations. Run by a superuser in a fresh one.

do $public$
begin
  -- Since 15 schema public belongs to whoever owns the database; before, to the superuser.
  if not exists (
    select from pg_namespace where nspname = 'public' and nspowner = to_regrole('pg_database_owner')
  ) then
    alter schema public owner to {{owner}};
  end if;
end
$public$;
