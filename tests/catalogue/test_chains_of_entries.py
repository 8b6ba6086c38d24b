"""Entries that are linked, as statements over several rows and writers of several tables leave them."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LOG = """
create table public.ledger_log (n bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(), owner uuid, op text not null, was jsonb, now jsonb,
  follows text, seal text not null);
alter table public.ledger_log enable row level security;
revoke all on public.ledger_log from anon, authenticated, service_role;
create function public.sealed(follows text, told jsonb) returns text language sql immutable as
  $$ select encode(sha256(convert_to(coalesce(follows, '') || told::text, 'UTF8')), 'hex') $$;
"""
BINS = """
create table public.bins (id int primary key, kilos int not null, label text not null default 'x');
create function public.seal_all() returns trigger language plpgsql security definer set search_path = '' as $$
declare r record; last text; made text;
begin
  perform pg_advisory_xact_lock(71);
  {body}
  return null;
end $$;
create trigger i after insert on public.bins referencing new table as present
  for each statement execute function public.seal_all();
create trigger u after update on public.bins referencing old table as past new table as present
  for each statement execute function public.seal_all();
create trigger d after delete on public.bins referencing old table as past
  for each statement execute function public.seal_all();
"""
ROWS = {
    "INSERT": "select null::jsonb as o, to_jsonb(p) as n from present p",
    "DELETE": "select to_jsonb(p) as o, null::jsonb as n from past p",
    "UPDATE": "select to_jsonb(o) as o, to_jsonb(n) as n from past o join present n using (id)",
}
LAST = "(select l.seal from public.ledger_log l order by l.n desc limit 1)"
ONE_BY_ONE = f"""
for r in {{rows}} loop
  last := {LAST};
  insert into public.ledger_log (op, was, now, follows, seal)
  values (tg_op, r.o, r.n, last, public.sealed(last, jsonb_build_array(r.o, r.n)));
end loop;
"""
AT_ONCE = f"""
insert into public.ledger_log (op, was, now, follows, seal)
select tg_op, x.o, x.n, l.last, public.sealed(l.last, jsonb_build_array(x.o, x.n))
from ({{rows}}) x, (select {LAST} as last) l;
"""
A_BLOCK = f"""
last := {LAST};
select public.sealed(last, jsonb_agg(jsonb_build_array(x.o, x.n) order by x.n::text)) into made from ({{rows}}) x;
insert into public.ledger_log (op, was, now, follows, seal)
select tg_op, x.o, x.n, last, made from ({{rows}}) x;
"""


def by_verb(**ways):
    branches = (
        f"if tg_op = '{verb}' then {way.format(rows=ROWS[verb])} end if;" for verb, way in ways.items()
    )
    return BINS.replace("{body}", "\n".join(branches))


def judge(server, tmp_path, text):
    with system(server, tmp_path, LOG + text) as target:
        return by_subject(judged(target, "AUD009"))["public.ledger_log.follows"]


@pytest.mark.parametrize("verb", ["INSERT", "UPDATE", "DELETE"])
def test_a_statement_over_several_rows_that_forks_the_chain_is_found(server, tmp_path, verb):
    ways = dict.fromkeys(ROWS, ONE_BY_ONE) | {verb: AT_ONCE}
    found = judge(server, tmp_path, by_verb(**ways))
    assert found.status is Status.FAILED
    assert "One statement that wrote several rows left" in found.detail


@pytest.mark.parametrize("way", [ONE_BY_ONE, A_BLOCK], ids=["one by one", "as one block"])
def test_rows_of_one_statement_that_stay_one_chain_are_sound(server, tmp_path, way):
    found = judge(server, tmp_path, by_verb(**dict.fromkeys(ROWS, way)))
    assert found.status is Status.PASSED


STAY = """
create function public.stay() returns trigger language plpgsql as $$ begin raise exception 'bins stay'; end $$;
create trigger stay before delete on public.bins for each row execute function public.stay();
"""


def test_what_could_not_be_written_at_once_is_not_said_to_be_one_chain(server, tmp_path):
    sound = by_verb(**dict.fromkeys(ROWS, ONE_BY_ONE))
    found = judge(server, tmp_path, sound)
    assert "rows written at once (UPDATE, DELETE, INSERT), made one chain" in found.detail
    found = judge(server, tmp_path, sound + STAY)
    assert found.status is Status.PASSED
    assert "rows written at once (UPDATE), made one chain" in found.detail
    assert "DELETE of rows at once was not tried: P0001: bins stay" in found.detail


PURSE = """
create table public.{name} ({columns}, amount int not null default 0);
create function public.seal_{name}() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  o jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  n jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  whose uuid := (coalesce(n, o) ->> 'owner')::uuid;
  last text;
begin
  {lock}
  last := (select l.seal from public.ledger_log l where l.owner = whose order by l.n desc limit 1);
  insert into public.ledger_log (owner, op, was, now, follows, seal)
  values (whose, tg_op, o, n, last, public.sealed(last, jsonb_build_array(whose, o, n, clock_timestamp())));
  return null;
end $$;
create trigger s after insert or update or delete on public.{name}
  for each row execute function public.seal_{name}();
"""
ALONE = "owner uuid primary key references auth.users"
MANY = "id bigint generated by default as identity primary key, owner uuid not null references auth.users"
LOCK = "perform pg_advisory_xact_lock(hashtextextended(whose::text, 3));"


@pytest.mark.parametrize(("lock", "status"), [("", Status.FAILED), (LOCK, Status.PASSED)])
@pytest.mark.parametrize("second", [ALONE, MANY], ids=["one row each", "several rows"])
def test_a_chain_for_each_owner_is_met_in_whatever_tables_she_writes_to(
    server, tmp_path, second, lock, status
):
    purses = (("a_purses", ALONE), ("moves", second))
    text = "".join(PURSE.format(name=name, columns=columns, lock=lock) for name, columns in purses)
    assert judge(server, tmp_path, text).status is status
