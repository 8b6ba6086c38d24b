-- Keeps the list of jobs and runs none of them.

create schema cron;

create sequence cron.jobid_seq;
create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default coalesce(inet_server_port(), 5432),
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);

create sequence cron.runid_seq;
create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

-- A job belongs to whoever is logged in: the function itself runs as its owner, since nobody writes
-- the list directly.
create function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null,
  active boolean default true)
returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  id bigint;
begin
  if schedule !~ '^\s*(\S+\s+){4}\S+\s*$' and schedule !~* '^\s*[1-5]?[0-9]\s+seconds?\s*$'
    and schedule !~ '^\s*@(yearly|annually|monthly|weekly|daily|midnight|hourly|reboot)\s*$' then
    raise invalid_parameter_value using message = format('invalid schedule: %s', schedule),
      hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
  insert into cron.job as job (jobname, schedule, command, database, username, active)
  values (job_name, schedule, command, database, coalesce(username, session_user), active)
  on conflict on constraint jobname_username_uniq do update
    set schedule = excluded.schedule, command = excluded.command, active = excluded.active
  returning job.jobid into id;
  return id;
end
$$;

create function cron.schedule(job_name text, schedule text, command text) returns bigint
language sql set search_path = pg_catalog, pg_temp as $$
  select cron.schedule_in_database(job_name, schedule, command, current_database())
$$;

create function cron.schedule(schedule text, command text) returns bigint
language sql set search_path = pg_catalog, pg_temp as $$
  select cron.schedule_in_database(null, schedule, command, current_database())
$$;

create function cron.unschedule(job_id bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from cron.job where jobid = job_id and username = session_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_id;
  end if;
  return true;
end
$$;

create function cron.unschedule(job_name text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from cron.job where jobname = job_name and username = session_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', job_name;
  end if;
  return true;
end
$$;

create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null, database text default null,
  username text default null, active boolean default null)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update cron.job as job
  set schedule = coalesce(alter_job.schedule, job.schedule),
    command = coalesce(alter_job.command, job.command),
    database = coalesce(alter_job.database, job.database),
    active = coalesce(alter_job.active, job.active)
  where job.jobid = job_id and job.username = session_user;
  if not found then
    raise exception 'Job % does not exist or you don''t own it', job_id;
  end if;
end
$$;

-- The list is read, not written, by whoever creates the extension.
grant usage on schema cron to @extowner@ with grant option;
grant execute on all functions in schema cron to @extowner@ with grant option;
grant select on cron.job to @extowner@ with grant option;
grant all on cron.job_run_details to @extowner@ with grant option;
