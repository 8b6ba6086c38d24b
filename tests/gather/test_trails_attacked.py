"""What takes entries away, and who reads them, by ways that begin elsewhere than at the log."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system
from trail_schemas import OWN, purses


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("references auth.users on delete cascade", Status.FAILED),
        ("references auth.users on delete set null", Status.PASSED),
        ("", Status.PASSED),
    ],
    ids=["cascade", "set null", "no key"],
)
@pytest.mark.parametrize("rights", ["", "grant select, delete on auth.users to service_role;"])
def test_entries_that_go_with_who_acted_do_not_last(server, tmp_path, key, status, rights):
    with system(server, tmp_path, purses(key) + rights) as target:
        found = by_subject(judged(target, "AUD005"))["public.audit_log"]
    assert found.status is status
    if status is Status.FAILED:
        assert "DELETE of auth.users, to which entries refer by" in found.detail
        assert ("service_role" in found.detail) is bool(rights)


KEPT = """
create function public.keep() returns trigger language plpgsql as $$ begin {what} end $$;
create trigger keep before delete on public.audit_log for each row execute function public.keep();
"""


@pytest.mark.parametrize("what", ["raise exception 'append-only';", "return null;"])
def test_a_guard_that_keeps_what_a_cascade_would_take_keeps_entries(server, tmp_path, what):
    sql = purses("references auth.users on delete cascade") + KEPT.format(what=what)
    with system(server, tmp_path, sql) as target:
        assert by_subject(judged(target, "AUD005"))["public.audit_log"].status is Status.PASSED


GIVE = """
create function public.give(p_tag text, p_cents bigint) returns {returns} language plpgsql security definer
set search_path = '' as $$
begin
  update public.purses set cents = cents - p_cents where owner = auth.uid() and cents >= p_cents;
  if not found or p_cents <= 0 then raise exception 'too little'; end if;
  update public.purses set cents = cents + p_cents where tag = p_tag;
  if not found then raise exception 'nobody'; end if;
  {answer}
end $$;
revoke execute on function public.give from public, anon;
grant execute on function public.give to authenticated;
"""
ACTED = "actor = (select auth.uid())"
SILENT = GIVE.format(returns="void", answer="")
TELLING = GIVE.format(
    returns="setof public.purses", answer="return query select * from public.purses where tag = p_tag;"
)
PUBLIC = "create policy shown on public.purses for select to authenticated using (true);"
BARE = """
create function public.bare() returns trigger language plpgsql as $$
begin
  new.old_data := new.old_data - array['cents', 'owner'];
  new.new_data := new.new_data - array['cents', 'owner'];
  return new;
end $$;
create trigger bare before insert on public.audit_log for each row execute function public.bare();
"""


@pytest.mark.parametrize(
    ("seen", "rest", "leaks"),
    [
        (ACTED, SILENT, True),
        (OWN, SILENT, False),
        (ACTED, SILENT + PUBLIC, False),
        (ACTED, SILENT + BARE, False),
        (ACTED, TELLING, False),
        (ACTED, "", False),
    ],
    ids=["by who acted", "by owner", "a public table", "nothing of it", "the answer tells it", "no function"],
)
def test_who_acted_learns_nothing_of_the_row_that_he_changed(server, tmp_path, seen, rest, leaks):
    with system(server, tmp_path, purses(seen=seen) + rest) as target:
        found = judged(target, "AUD007").findings
    failed = [finding for finding in found if finding.status is Status.FAILED]
    assert bool(failed) is leaks, failed
    if leaks:
        (finding,) = failed
        assert finding.subject == "public.purses after public.give(p_tag text, p_cents bigint)"
        assert "cents" in finding.detail


def test_what_was_learned_can_be_seen_again(server, tmp_path):
    with system(server, tmp_path, purses(seen=ACTED) + SILENT) as target:
        (finding,) = (f for f in judged(target, "AUD007").findings if f.status is Status.FAILED)
        cursors = target.database().execute(finding.reproduce.encode()).results()
        shown = [row for cursor in cursors if cursor.description for row in cursor.fetchall()]
    assert any("4815162" in str(row) for row in shown)


CALLED = """
create function public.called({arguments}) returns void language sql security definer set search_path = '' as $$
  {body}
$$;
"""
CLOSED = "revoke execute on function public.called from public, anon, authenticated;"
OLDER = "delete from public.audit_log where at < now() - p_keep"
FLOOR = f"{OLDER} and at < now() - interval '7 years'"
MARKED = "alter table public.audit_log add seen boolean; "


@pytest.mark.parametrize(
    ("arguments", "body", "rest", "status"),
    [
        ("p_keep interval default '10 years'", OLDER, "", Status.FAILED),
        ("p_keep interval default '10 years'", OLDER, CLOSED, Status.FAILED),
        ("p_keep interval default '10 years'", FLOOR, CLOSED, Status.PASSED),
        ("p_n bigint", "delete from public.audit_log where n = p_n", "", Status.FAILED),
        (
            "p_n bigint[], p_who uuid",
            "update public.audit_log set actor = p_who where n = any(p_n)",
            "",
            Status.FAILED,
        ),
        ("p_n bigint", "update public.audit_log set seen = true where n = p_n", "", Status.PASSED),
        ("p_t text", "update public.purses set tag = p_t where owner = auth.uid()", "", Status.PASSED),
    ],
    ids=[
        "of an age",
        "of any age, by the backend",
        "of an age, by the backend",
        "one",
        "another actor",
        "seen",
        "another entry",
    ],
)
def test_nobody_is_served_who_wants_entries_away(server, tmp_path, arguments, body, rest, status):
    called = MARKED + CALLED.format(arguments=arguments, body=body) + rest
    with system(server, tmp_path, purses() + called) as target:
        found = by_subject(judged(target, "AUD005"))["public.audit_log"]
    assert found.status is status, found.detail
    assert ("a call of public.called" in found.detail) is (status is Status.FAILED)


PURGE = """
create {kind} public.purge({arguments}) {returns} language plpgsql security definer set search_path = '' as $$
begin {body} end $$;
"""
AGE = "delete from public.audit_log where at < "
KEY = "if p ->> 'before' is null then raise exception 'before is missing'; end if;"
GUARD = "if auth.role() in ('anon', 'authenticated', 'service_role') then raise exception 'not by a call'; end if;"
AWAY = f"{GUARD} delete from public.audit_log where table_name = p_t and row_id = p_r and at < p_at;"
LATER = "if auth.uid() is null then delete from public.nowhere; end if;"
SIGNED = "if auth.uid() is null then raise insufficient_privilege; end if; delete from public.nowhere;"


def purge(arguments, body, kind="function"):
    returns = "returns void" if kind == "function" else ""
    return PURGE.format(kind=kind, arguments=arguments, returns=returns, body=body)


@pytest.mark.parametrize(
    "called",
    [
        purge("p_at timestamptz, out n int", f"{AGE} p_at; get diagnostics n = row_count;", "procedure"),
        purge("variadic p_n bigint[]", "delete from public.audit_log where n = any (p_n);"),
        purge("p jsonb", f"{KEY} {AGE} (p ->> 'before')::timestamptz;"),
        purge(
            "p_what text",
            f"if p_what <> 'all' then raise exception 'unknown'; end if; {AGE} clock_timestamp();",
        ),
        purge(
            "p_t text, p_what text", "delete from public.audit_log where table_name = p_t and p_what = 'any';"
        ),
    ],
    ids=["what comes out", "variadic", "a document", "a word", "a word beside an entry's"],
)
def test_what_takes_entries_away_is_called_as_it_is_to_be(server, tmp_path, called):
    with system(server, tmp_path, purses() + called) as target:
        found = by_subject(judged(target, "AUD005"))["public.audit_log"]
    assert found.status is Status.FAILED, found.detail
    assert "a call of public.purge" in found.detail


@pytest.mark.parametrize(
    ("called", "said"),
    [
        (purge("p_t text, p_r text, p_at timestamptz", AWAY), ""),
        (purge("p_n int", "perform p_n::smallint; delete from public.audit_log where n = -1;"), ""),
        (purge("p_at timestamptz", f"{AGE} p_at; perform public.gone();"), "42883"),
        (purge("p_at timestamptz", f"{LATER} delete from public.audit_log where n < 0;"), "42P01"),
        (purge("p_at timestamptz", f"{AGE} p_at; commit;", "procedure"), "2D000"),
        (purge("p_at timestamptz", f"{AGE} p_at; {SIGNED}"), "42P01"),
    ],
    ids=[
        "a refusal of all",
        "one that came to it",
        "what is not there",
        "for one caller alone",
        "a transaction of its own",
        "to one caller alone",
    ],
)
def test_a_call_that_did_not_come_to_it_was_not_refused(server, tmp_path, called, said):
    called = (
        called.replace("security definer set search_path = ''", "security definer")
        if "commit" in called
        else called
    )
    with system(server, tmp_path, purses() + called) as target:
        found = by_subject(judged(target, "AUD005"))
    unsure = [one for one in found.values() if one.status is Status.UNKNOWN]
    assert found["public.audit_log"].status is Status.PASSED
    assert [said in one.detail for one in unsure] == ([True] if said else [])


PARTS = """
create table public.audit_parts (like public.audit_log including defaults) partition by list (operation);
create table public.audit_made partition of public.audit_parts for values in ('INSERT');
create table public.audit_rest partition of public.audit_parts default;
drop table public.audit_log;
create sequence public.numbers;
alter table public.audit_parts alter n set default nextval('public.numbers');
alter table public.audit_parts rename to audit_log;
alter table public.audit_log enable row level security;
create policy seen on public.audit_log for select to authenticated using ({seen});
revoke all on public.audit_log, public.audit_made, public.audit_rest from anon, authenticated, service_role;
grant select on public.audit_log to authenticated;
grant {right} on public.audit_made to authenticated;
"""


@pytest.mark.parametrize(
    ("right", "check", "said"),
    [
        ("select", "AUD007", "I read in public.audit_made"),
        ("delete, select", "AUD005", "DELETE of the partition public.audit_made by bob"),
        ("truncate", "AUD005", "TRUNCATE of the partition public.audit_made by bob"),
        ("insert", "AUD006", "(public.audit_made)"),
        ("references", "", ""),
    ],
)
def test_a_partition_of_a_log_has_a_name_of_its_own(server, tmp_path, right, check, said):
    with system(server, tmp_path, purses() + PARTS.format(seen=OWN, right=right)) as target:
        found = {c: by_subject(judged(target, c))["public.audit_log"] for c in ("AUD005", "AUD006", "AUD007")}
    assert {c for c, one in found.items() if one.status is Status.FAILED} >= ({check} if check else set())
    if check:
        assert said in found[check].detail
    else:
        assert {one.status for one in found.values()} == {Status.PASSED}


def test_a_log_may_have_any_name(server, tmp_path):
    named = purses().replace("audit_log", '"au{dit} log%s"') + PARTS.format(seen=OWN, right="delete, select")
    named = named.replace("audit_log", '"au{dit} log%s"').replace("audit_made", '"p{0}%(made)s"')
    with system(server, tmp_path, named) as target:
        found = judged(target, "AUD005").findings
    assert [one.subject for one in found if one.status is Status.FAILED] == ['public."au{dit} log%s"']
    assert 'DELETE of the partition public."p{0}%(made)s" by bob' in found[0].detail
