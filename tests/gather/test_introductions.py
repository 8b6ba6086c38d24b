"""Applications that say whose rows a session sees, and beside that who acts, on a real server."""

import itertools

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

_serial = itertools.count()
LEASES = """
create role {role} nologin;
create table public.leases (company_id int not null, no int not null, rent int not null, primary key (company_id, no));
create table public.lease_log (n bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(), op text not null, actor text not null, old_row jsonb, new_row jsonb);
create function public.keep() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  clerk text := nullif(current_setting('app.clerk_no', true), '');
  noted text := nullif(current_setting('app.reason', true), '')::date::text;
begin
  insert into public.lease_log (op, actor, old_row, new_row) values (tg_op, {actor},
    case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end);
  return null;
end $$;
create trigger keep after insert or update or delete on public.leases for each row execute function public.keep();
alter table public.leases enable row level security;
alter table public.lease_log enable row level security;
create policy own on public.leases to {role}
  using (company_id = nullif(current_setting('app.company_id', true), '')::int);
grant select, insert, update, delete on public.leases to {role};
"""
CLERK = "coalesce(clerk::{kind}::text, 'job:' || session_user)"


@pytest.mark.parametrize(
    ("actor", "status"),
    [
        (CLERK.format(kind="text"), Status.PASSED),
        (CLERK.format(kind="int"), Status.PASSED),
        (CLERK.format(kind="uuid"), Status.PASSED),
        ("session_user", Status.FAILED),
    ],
    ids=["any text", "a number", "a key", "nobody"],
)
def test_who_acts_may_be_a_setting_of_the_backend(server, tmp_path, actor, status):
    role = f"agency{next(_serial)}"
    text = LEASES.format(role=role, actor=actor)
    with system(server, tmp_path, text, profile="postgres", migrations_as="superuser") as target:
        assert target.built.likely.session.role == role
        found = by_subject(judged(target, "AUD003"))["public.leases"]
    assert found.status is status
    assert status is Status.FAILED or found.detail.startswith("2 writes name the actor")


def test_a_setting_of_the_backend_that_is_asked_late_names_whoever_came_next(server, tmp_path):
    role = f"agency{next(_serial)}"
    late = LEASES.replace("create trigger keep", "create constraint trigger keep").replace(
        "for each row execute function public.keep",
        "deferrable initially deferred for each row execute function public.keep",
    )
    text = late.format(role=role, actor=CLERK.format(kind="text"))
    with system(server, tmp_path, text, profile="postgres", migrations_as="superuser") as target:
        found = by_subject(judged(target, "AUD003"))["public.leases"]
    assert found.status is Status.FAILED
    assert "whoever came after it in the transaction" in found.detail
