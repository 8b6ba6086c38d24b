"""A search whose query is put together from its argument is broken out of, wherever it stands in it."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PARTS = """
create table public.parts (
  id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users, name text not null);
alter table public.parts enable row level security;
create function public.find(q text) returns table (name text) language plpgsql stable security definer
  set search_path = '' as $$
begin return query execute format($q$ select p.name from public.parts p where p.owner = $1 and
  {condition}
  order by 1 $q$, {given}) using auth.uid(); end $$;
"""
CONDITIONS = {
    "in a parenthesis, twice": ("(p.name ilike '%%%s%%' or p.name = '%s')", "q, q"),
    "in two parentheses": ("((p.name = '%s' or p.name = 'none') and true)", "q"),
}


@pytest.mark.parametrize("where", CONDITIONS)
@pytest.mark.parametrize("quoted", [False, True])
def test_who_breaks_out_of_a_string_reads_all(server, tmp_path, where, quoted):
    condition, given = CONDITIONS[where]
    if quoted:
        condition = condition.replace("'%%%s%%'", "'%%' || %L || '%%'").replace("'%s'", "%L")
    sql = PARTS.format(condition=condition, given=given)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))["public.find(q text)"]
    assert found.status is (Status.PASSED if quoted else Status.FAILED), found.detail


BOXES = """
create table public.shelves (
  id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users, aisle text not null);
create table public.boxes (
  id uuid primary key default gen_random_uuid(), shelf_id uuid not null references public.shelves,
  label text not null, state text not null default 'full');
alter table public.shelves enable row level security;
alter table public.boxes enable row level security;
create function public.look({argument}) returns table (label text, aisle text) language plpgsql stable
  security definer set search_path = '' as $$
declare q text := 'select b.label, s.aisle from public.boxes b join public.shelves s on s.id = b.shelf_id
  where s.owner = $1'; k text; v text;
begin
  {loop} q := q || {part}; end loop;
  return query execute q || ' order by 1 limit 50' using auth.uid();
end $$;
"""
EACH = "for k, v in select * from jsonb_each_text(p) loop"
TERMS = "foreach v in array p loop"
PARTS_OF = {
    "keys of a document": ("p jsonb", EACH, "format(' and b.%{}::text = %L', k, v)", "s", "I"),
    "keys, compared with no cast": (
        "p jsonb default '{}'",
        EACH,
        "format(' and b.%{} = %L', k, v)",
        "s",
        "I",
    ),
    "values of a document": ("p jsonb", EACH, "format(' and (b.%I)::text = %{}', k, {})", "s", "L"),
    "a value that is asked for": (
        "p jsonb",
        "if p ->> 'state' is not null then v := p ->> 'state'; end if; for k in select 'state' loop",
        "format(' and b.state = %{}', {})",
        "s",
        "L",
    ),
    "a list of texts": ("p text[]", TERMS, "format(' and b.label <> %{}', {})", "s", "L"),
}


@pytest.mark.parametrize("where", PARTS_OF)
@pytest.mark.parametrize("quoted", [False, True])
def test_who_breaks_out_of_a_document_or_a_list_reads_all(server, tmp_path, where, quoted):
    argument, loop, part, bare, safe = PARTS_OF[where]
    value = "v" if quoted else "'''' || v || ''''"
    sql = BOXES.format(argument=argument, loop=loop, part=part.format(safe if quoted else bare, value))
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))
    (one,) = [one for subject, one in found.items() if "public.look" in subject]
    assert one.status is (Status.PASSED if quoted else Status.FAILED), one.detail


PLANTS = """
create table public.plants (
  id integer generated always as identity primary key, name text not null, height numeric(6,1), since date);
create table public.bids (
  id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users, word text not null);
alter table public.plants enable row level security;
alter table public.bids enable row level security;
create policy public_plants on public.plants for select using (true);
grant select on public.plants to anon, authenticated;
create function public.plant(
  named text default null, tall numeric default null, grown text default null, said text default null)
  returns table (id integer, since date, name text, height numeric)
  language plpgsql stable security definer set search_path = '' as $$
declare q text := 'select p.id, p.since, p.name, p.height from public.plants p where p.id > 0';
begin
  if named is not null then q := q || format(' and p.name = %L', named); end if;
  if tall is not null then q := q || format(' and p.height < %L', tall); end if;
  if said is not null then q := q || format({part}, {given}); end if;
  {runs} return query execute q || ' order by 3 limit 20'; {caught}
end $$;
"""
PASTED = {
    "within a pattern": ("' and p.name ilike ''%%%{}%%'''", "said"),
    "a whole string": ("' and p.name = %{}'", "{}"),
    "within a parenthesis": ("' and (p.name ilike ''%%%{}%%'' or p.height > 0)'", "said"),
    "bare": ("' and p.name = (%{})'", "{}"),
}


@pytest.mark.parametrize("where", PASTED)
@pytest.mark.parametrize("caught", [False, True])
def test_who_leaves_a_search_of_what_is_public_reads_what_is_not(server, tmp_path, where, caught):
    part, given = PASTED[where]
    given = given.format("said" if where == "bare" else "'''' || said || ''''")
    handler = ("begin", "exception when others then return; end;") if caught else ("", "")
    sql = PLANTS.format(part=part.format("s"), given=given, runs=handler[0], caught=handler[1])
    with system(server, tmp_path, sql, profile="supabase") as target:
        (found,) = by_subject(judged(target, "ISO005")).values()
    assert found.status is Status.FAILED, found.detail


@pytest.mark.parametrize("part", ["' and p.name ilike %L', '%' || said || '%'", "' and p.name = %L', said"])
def test_what_is_quoted_cannot_be_left(server, tmp_path, part):
    part, _, given = part.partition(", ")
    sql = PLANTS.format(part=part, given=given, runs="", caught="")
    with system(server, tmp_path, sql, profile="supabase") as target:
        (found,) = by_subject(judged(target, "ISO005")).values()
    assert found.status is Status.PASSED, found.detail


NURSERIES = """
create table public.nurseries (id uuid primary key, name text not null);
create table public.minders (nursery uuid references public.nurseries, minder uuid references auth.users, primary key (nursery, minder));
create table public.children (id uuid primary key default gen_random_uuid(), nursery uuid not null references public.nurseries, first_name text not null);
alter table public.nurseries enable row level security;
alter table public.minders enable row level security;
alter table public.children enable row level security;
create function public.register(of uuid, sort text default 'first_name') returns table (first_name text)
  language plpgsql stable security definer set search_path = '' as $$
begin
  if not exists (select from public.minders m where m.nursery = of and m.minder = auth.uid()) then
    raise exception 'no minder'; end if;
  return query execute format('select c.first_name from public.children c where c.nursery = $1 order by {order}', sort)
    using of;
end $$;
"""
ORDERS = {"%s": True, "%s desc": True, "c.%s": True, "c.%I": False}


@pytest.mark.parametrize("order", ORDERS)
def test_the_place_of_an_order_is_broken_out_of(server, tmp_path, order):
    sql = NURSERIES.replace("{order}", order)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))["public.register(of uuid, sort text)"]
    assert found.status is (Status.FAILED if ORDERS[order] else Status.PASSED), found.detail
