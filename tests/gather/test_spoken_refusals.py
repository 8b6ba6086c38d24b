"""A function that refuses a call may say why; it may not say what stands in somebody else's row."""

import pytest

from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.inferring.spoken import Spoken
from pytest_readiness.run.prepare import open_store
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

OFFERS = """
create table public.offers (
  id bigint generated always as identity primary key, bidder uuid not null default auth.uid() references auth.users,
  cents bigint not null check (cents > 0), remark text,
  stage text not null default 'draft' check (stage in ('draft', 'sealed')));
alter table public.offers enable row level security;
create policy own on public.offers for select to authenticated using ({shown});
create function public.refuse(what text) returns void language plpgsql as $$ begin raise exception '%', what; end $$;
create function public.offer(amount bigint) returns bigint language plpgsql security definer set search_path = public as $$
declare best offers; made bigint;
begin
  select * into best from offers o where {whose} order by o.cents desc limit 1;
  if found and amount <= best.cents then {refusal}; end if;
  insert into offers (cents, stage) values (amount, 'sealed') returning id into made;
  return made;
end $$;
"""
ANYBODYS, OWN = "o.stage = 'sealed'", "o.stage = 'sealed' and o.bidder = auth.uid()"
NUMBER = "raise exception 'more than % is needed', best.cents"
DETAIL = "raise exception 'too little' using detail = 'see: ' || coalesce(best.remark, '')"
HELPER = "perform refuse('more than ' || best.cents)"
NOTHING = "raise exception 'too little'"


@pytest.mark.parametrize(
    ("shown", "whose", "refusal", "status"),
    [
        ("bidder = auth.uid()", ANYBODYS, NUMBER, Status.FAILED),
        ("bidder = auth.uid()", ANYBODYS, DETAIL, Status.FAILED),
        ("bidder = auth.uid()", ANYBODYS, HELPER, Status.FAILED),
        ("bidder = auth.uid()", OWN, NUMBER, Status.PASSED),
        ("bidder = auth.uid()", OWN, DETAIL, Status.PASSED),
        ("bidder = auth.uid()", ANYBODYS, NOTHING, Status.PASSED),
        ("bidder = auth.uid() or stage = 'sealed'", ANYBODYS, NUMBER, Status.PASSED),
    ],
    ids=["number", "detail", "helper", "own number", "own detail", "nothing", "shown anyway"],
)
def test_only_what_the_caller_may_not_read_is_told(server, tmp_path, shown, whose, refusal, status):
    sql = OFFERS.format(shown=shown, whose=whose, refusal=refusal)
    with system(server, tmp_path, sql, profile="supabase") as target:
        finding = by_subject(judged(target, "ISO007"))["public.offer(amount bigint)"]
    assert finding.status is status, finding


UNHEARD = """
create function public.bid(what text) returns void language plpgsql security definer set search_path = public as $$
declare wanted bigint := what::bigint; best offers;
begin
  select * into best from offers o where o.bidder = auth.uid() order by o.cents desc limit 1;
  if found and wanted <= best.cents then raise exception 'more than % is needed', best.cents; end if;
end $$;
"""


def test_a_function_that_never_came_to_speak_was_not_tried(server, tmp_path):
    sql = (
        OFFERS.format(shown="bidder = auth.uid() or stage = 'sealed'", whose=ANYBODYS, refusal=NUMBER)
        + UNHEARD
    )
    with system(server, tmp_path, sql) as target:
        store = open_store(target, target.run_directory)
        field = Field(target, store.get(CatalogEvidence), store.get(Owners), store.get(Population))
        tried = [
            {one.subject for one in Spoken(field).of(function)}
            for name in ("public.bid", "public.offer")
            for function in field.catalog.functions
            if function.name == name
        ]
    assert tried == [set(), {"public.offer(amount bigint)"}]
