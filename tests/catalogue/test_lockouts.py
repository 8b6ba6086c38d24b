"""Bob's open transaction does not keep alice from what is her own; where it does, one lock is everybody's."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

ENTRIES = """
create table public.entries (
  owner uuid not null default auth.uid(), no int not null, body text, primary key (owner, no));
alter table public.entries enable row level security;
create policy own on public.entries using (owner = auth.uid()) with check (owner = auth.uid());
"""
APPEND = """
create function public.append(p_body text) returns int language plpgsql security definer set search_path = '' as $$
declare n int; begin
  {}
  select coalesce(max(no), 0) + 1 into n from public.entries where owner = auth.uid();
  insert into public.entries (owner, no, body) values (auth.uid(), n, p_body);
  return n;
end $$;
"""
ALL = "revoke all on public.counters from anon, authenticated;"
COUNTERS = (
    """
create table public.counters (kind text primary key, n int not null);
alter table public.counters enable row level security;
insert into public.counters values ('entry', 0);
"""
    + ALL
)
TRIGGER = """
create function public.in_turn() returns trigger language plpgsql security definer set search_path = '' as $$
begin {} end $$;
create trigger in_turn {} on public.entries for each row execute function public.in_turn();
"""
SLOTS = """
create table public.slots (id int primary key, starts_at timestamptz);
alter table public.slots enable row level security;
create policy all_of_them on public.slots for select using (true);
insert into public.slots select n, now() from generate_series(1, 5) n;
create function public.book(p_slot int) returns int language plpgsql security definer set search_path = '' as $$
begin
  perform from public.slots s where s.id = p_slot for update;
  if not found then raise exception 'no such slot'; end if;
  return p_slot;
end $$;
"""
HELPER = """
create schema private;
create function private.serialise() returns void language sql as 'select pg_advisory_xact_lock(hashtext(''all''))';
"""
LOCKED = {
    "a number": (ENTRIES + APPEND.format("perform pg_advisory_xact_lock(42);"), "append(p_body text)"),
    "a number that is kept": (
        ENTRIES + APPEND.format("perform pg_advisory_lock(42);"),
        "append(p_body text)",
    ),
    "by another function": (
        ENTRIES + HELPER + APPEND.format("perform private.serialise();"),
        "append(p_body text)",
    ),
    "the name of the role": (
        ENTRIES + APPEND.format("perform pg_advisory_xact_lock(hashtext(auth.role()));"),
        "append(p_body text)",
    ),
    "a table": (
        ENTRIES + APPEND.format("lock table public.entries in exclusive mode;"),
        "append(p_body text)",
    ),
    "a row of nobody's": (
        ENTRIES
        + COUNTERS
        + APPEND.format("update public.counters c set n = c.n + 1 where c.kind = 'entry';"),
        "append(p_body text)",
    ),
    "a row that is read": (
        ENTRIES + COUNTERS + APPEND.format("perform from public.counters for update;"),
        "append(p_body text)",
    ),
    "whoever inserts": (
        ENTRIES + TRIGGER.format("perform pg_advisory_xact_lock(7); return new;", "before insert"),
        "entries",
    ),
    "whoever deletes": (
        ENTRIES
        + COUNTERS
        + TRIGGER.format("update public.counters set n = n - 1; return old;", "before delete"),
        "entries",
    ),
    "whoever updates one column": (
        ENTRIES + TRIGGER.format("perform pg_advisory_xact_lock(7); return new;", "before update of body"),
        "entries",
    ),
}
FREE = {
    "a number of one's own": ENTRIES
    + APPEND.format("perform pg_advisory_xact_lock(hashtext(auth.uid()::text));"),
    "one's own rows": ENTRIES + APPEND.format("perform from public.entries where owner = auth.uid() for update;"),
    "what is asked for": ENTRIES
    + APPEND.format("perform pg_advisory_xact_lock(hashtext(p_body));"),
    "what is not waited for": ENTRIES
    + APPEND.format("if not pg_try_advisory_xact_lock(42) then return null; end if;"),
    "rows that others left": ENTRIES + COUNTERS + APPEND.format("perform from public.counters for update skip locked;"),
    "whoever inserts, for himself": ENTRIES
    + TRIGGER.format("perform pg_advisory_xact_lock(hashtext(new.owner::text)); return new;", "before insert"),
    "a trigger that no client fires": ENTRIES
    + "revoke delete on public.entries from anon, authenticated;"
    + TRIGGER.format("perform pg_advisory_xact_lock(7); return old;", "before delete"),
}  # fmt: skip


@pytest.fixture
def waited(server, tmp_path):
    """Return the findings that are about locks, by what takes them."""

    def judge(sql):
        with system(server, tmp_path, sql) as target:
            found = by_subject(judged(target, "ISO010"))
        about = {name.partition(": ")[0]: one for name, one in found.items() if "all others wait for" in name}
        return {name.removeprefix("public."): one for name, one in about.items()}

    return judge


@pytest.mark.parametrize("name", LOCKED)
def test_one_lock_for_all_is_told(waited, name):
    sql, subject = LOCKED[name]
    finding = waited(sql)[subject]
    assert finding.status is Status.FAILED
    assert "meanwhile in another" in finding.reproduce


@pytest.mark.parametrize("name", FREE)
def test_a_lock_of_ones_own_is_not_told(waited, name):
    assert not [one for one in waited(FREE[name]).values() if one.status is not Status.PASSED]


def test_what_two_ask_for_alike_is_not_tried(waited):
    (finding,) = waited(ENTRIES + SLOTS).values()
    assert finding.status is Status.UNKNOWN
    assert "public.book(p_slot integer)" in finding.detail


def test_nothing_is_tried_where_nothing_locks(waited):
    assert not waited(ENTRIES + APPEND.format(""))
