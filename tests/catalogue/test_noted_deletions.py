"""What triggers note of a row that is changed or deleted stays its owner's, in a log that has notices for all."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CRANES = """
create table public.yards (id uuid primary key default gen_random_uuid(), name text not null);
create table public.riggers (
  yard uuid not null references public.yards, person uuid not null references auth.users, primary key (yard, person));
create table public.lifts (
  id uuid primary key default gen_random_uuid(), yard uuid not null references public.yards, load text not null);
create table public.journal (
  id bigint generated always as identity primary key, yard uuid references public.yards,
  {who}, said text not null, detail jsonb);
create function public.rigs(y uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.riggers r where r.yard = y and r.person = auth.uid()) $$;
create function public.noted() returns trigger language plpgsql security definer set search_path = '' as
$$ begin {notes} return null; end $$;
create trigger noted after insert or update or delete on public.lifts for each row execute function public.noted();
alter table public.yards enable row level security;
alter table public.riggers enable row level security;
alter table public.lifts enable row level security;
alter table public.journal enable row level security;
create policy own on public.yards for select to authenticated using (public.rigs(id));
create policy own on public.riggers for select to authenticated using (person = auth.uid());
create policy own on public.lifts for all to authenticated
  using (public.rigs(yard)) with check (public.rigs(yard));
create policy own on public.journal for select to authenticated using (yard is null or public.rigs(yard));
revoke all on public.journal from anon, authenticated;
grant select on public.journal to authenticated;
"""
DEFAULT = "actor uuid default auth.uid()"
NOTE = "insert into public.journal (yard, said, detail) values ({}, tg_op, {});"


@pytest.mark.parametrize(
    ("notes", "status"),
    [
        (NOTE.format("new.yard", "coalesce(to_jsonb(new), to_jsonb(old))"), Status.FAILED),
        (
            (
                "insert into public.journal (yard, said, detail) select (select l.yard from public.lifts l "
                "where l.id = coalesce(new.id, old.id)), 'a lift', jsonb_build_object('load', coalesce(new.load, old.load));"
            ),
            Status.FAILED,
        ),
        (
            NOTE.format("case tg_op when 'INSERT' then new.yard end", "to_jsonb(new)"),
            Status.FAILED,
        ),
        (
            NOTE.format("coalesce(new.yard, old.yard)", "coalesce(to_jsonb(new), to_jsonb(old))"),
            Status.PASSED,
        ),
        # That something was deleted is told to all, and not what.
        (NOTE.format("new.yard", "case when tg_op <> 'DELETE' then to_jsonb(new) end"), Status.PASSED),
    ],
    ids=["the new row", "a row that is gone", "after an update", "either row", "that alone"],
)
@pytest.mark.parametrize("who", [DEFAULT, "done_by uuid references auth.users"])
def test_what_is_noted_of_her_row_is_not_everybodys(server, tmp_path, who, notes, status):
    with system(server, tmp_path, CRANES.format(who=who, notes=notes)) as target:
        found = by_subject(judged(target, "ISO001"))["public.journal"]
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "after alice" in found.detail


def test_a_log_that_its_readers_write_may_lose_its_owner(server, tmp_path):
    notes = NOTE.format("coalesce(new.yard, old.yard)", "coalesce(to_jsonb(new), to_jsonb(old))")
    sql = (
        CRANES.format(who=DEFAULT, notes=notes)
        + "grant insert (yard, said) on public.journal to authenticated;"
        + "create policy add on public.journal for insert to authenticated with check (public.rigs(yard));"
    )
    with system(server, tmp_path, sql) as target:
        found = by_subject(judged(target, "ISO001"))["public.journal"]
    assert found.status is Status.FAILED, found.detail


def test_rights_alone_let_nobody_write_a_log_that_no_policy_lets_be_written(server, tmp_path):
    notes = NOTE.format("coalesce(new.yard, old.yard)", "coalesce(to_jsonb(new), to_jsonb(old))")
    sql = CRANES.format(who=DEFAULT, notes=notes).replace(
        "revoke all on public.journal from anon, authenticated;",
        "grant insert, update on public.journal to authenticated;",
    )
    with system(server, tmp_path, sql) as target:
        found = by_subject(judged(target, "ISO001"))["public.journal"]
    assert found.status is Status.PASSED, found.detail
