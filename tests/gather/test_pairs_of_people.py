"""Two people may be a pair in one order alone; what hangs on the pair, and what it opens, is theirs."""

import pytest

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.run.prepare import open_store
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PEN_FRIENDS = """
create table public.writers (user_id uuid primary key references auth.users, motto text not null);
create table public.pairs (
  one uuid not null references public.writers, other uuid not null references public.writers,
  primary key (one, other), check ({order}));
create table public.letters (
  id bigint generated always as identity primary key, one uuid not null, other uuid not null,
  author uuid not null default auth.uid(), body text not null,
  foreign key (one, other) references public.pairs (one, other), check (author in (one, other)));
create function public.writes_to(p uuid) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.pairs w where (w.one, w.other) in ((p, auth.uid()), (auth.uid(), p))) $$;
alter table public.writers enable row level security;
alter table public.pairs enable row level security;
alter table public.letters enable row level security;
create policy known on public.writers for select to authenticated using ({shown});
create policy own on public.pairs for select to authenticated using (auth.uid() in (one, other));
create policy own on public.letters for select to authenticated using ({letters});
"""
KNOWN, OURS = "user_id = auth.uid() or public.writes_to(user_id)", "auth.uid() in (one, other)"


@pytest.mark.parametrize("order", ["one < other", "other < one", "one <> other"])
def test_both_have_a_pair_and_a_letter_in_it(server, tmp_path, order):
    sql = PEN_FRIENDS.format(order=order, shown=KNOWN, letters=OURS)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = open_store(target, target.run_directory).get(Population)
    assert not found.unfilled
    for person in (ALICE, BOB):
        pair, letter = (found.row(f"public.{name}", person.name) for name in ("pairs", "letters"))
        assert person.uuid in {pair.stored["one"], pair.stored["other"]}
        assert [pair.stored[name] for name in ("one", "other")] == [
            letter.stored[name] for name in ("one", "other")
        ]


@pytest.mark.parametrize("order", ["one < other", "other < one"])
@pytest.mark.parametrize(
    ("shown", "letters", "failing"),
    [
        (KNOWN, OURS, set()),
        ("user_id is not null", OURS, {"public.writers"}),
        (KNOWN, "public.writes_to(one) or public.writes_to(other) or id > 0", {"public.letters"}),
    ],
    ids=["friends know each other", "all know all", "all read all letters"],
)
def test_what_a_pair_opens_is_no_leak_and_what_is_open_to_all_is(
    server, tmp_path, order, shown, letters, failing
):
    sql = PEN_FRIENDS.format(order=order, shown=shown, letters=letters)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO001"))
    told = {name for name, finding in found.items() if finding.status is not Status.PASSED}
    assert told == failing, found
