"""Two tenants may call things alike, and what acts on rows by such a name reaches both, unless it asks for more."""

import pytest

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.fixes.regression import marks
from pytest_readiness.run.prepare import open_store
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MEMBERS = """
create table public.members (user_id uuid primary key references auth.users, org int not null);
alter table public.members enable row level security;
create policy own on public.members for select to authenticated using (user_id = (select auth.uid()));
create function public.my_org() returns int language sql stable security definer set search_path = ''
  return (select m.org from public.members m where m.user_id = auth.uid());
"""
OWN = """
alter table {0} enable row level security;
create policy own on {0} for all to authenticated using (org = public.my_org()) with check (org = public.my_org());
"""
ACTS = """
create function public.act() returns trigger language plpgsql security definer set search_path = '' as $$
begin {body}; return coalesce(new, old); end $$;
create trigger act {when} on {on} for each row execute function public.act();
"""
STOCK = (
    MEMBERS
    + """
create table public.stock (org int not null, sku text not null, pieces int not null default 0, primary key (org, sku));
alter table public.stock enable row level security;
create policy own on public.stock for select to authenticated using (org = public.my_org());
create table public.moves (id int generated always as identity primary key, org int not null, article text not null,
  pieces int not null check (pieces between 1 and 9000));
"""
    + OWN.format("public.moves")
)
ORDERS = (
    MEMBERS
    + """
create table public.orders (org int not null, number int not null, buyer text not null, primary key (org, number));
create table public.lines (
  id uuid primary key default gen_random_uuid(), org int not null, order_no int not null, what text not null);
"""
    + OWN.format("public.orders")
    + OWN.format("public.lines")
)
RATES = (
    MEMBERS
    + """
create table public.rates (org int not null, currency text not null, starts date not null default current_date,
  rate numeric not null, primary key (org, currency, starts));
"""
    + OWN.format("public.rates")
)
QUEUE = (
    MEMBERS
    + """
create table public.queues (org int not null, place int not null, note text not null, primary key (org, place) deferrable);
"""
    + OWN.format("public.queues")
)
ROOMS = (
    MEMBERS
    + """
create table public.rooms (id int generated always as identity primary key, org int not null, name text not null {unique},
  state text not null default 'free');
create table public.visits (id int generated always as identity primary key, org int not null, room text not null);
"""
    + OWN.format("public.rooms")
    + OWN.format("public.visits")
)
ADDS = "update public.stock s set pieces = s.pieces {0} where s.sku = new.article {{0}}"
BY_HELPER = "perform public.take(new.org, new.article, new.pieces)"
HELPER = """create function public.take(o int, a text, n int) returns void language sql security definer set search_path = ''
  as $$ update public.stock set pieces = pieces - n where sku = a {0} $$;
revoke execute on function public.take(int, text, int) from public;"""
INSERT, DELETE, UPDATE = "after insert", "before delete", "after update"
MOVES, ALL_ORDERS = "public.moves", "public.orders"


def trigger(base, when, on, body, more=""):
    return base, (more + ACTS.format(when=when, on=on, body=body))


SLIPS = """
alter table public.orders add slip text not null check (slip ~ '^[A-Z]{3}-[0-9]{4}$'), add unique (org, slip);
alter table public.lines add slip {0} not null;
"""
FORMED = ORDERS + SLIPS.replace("{0}", "text")
SYSTEMS = {
    "grows by what he wrote": (
        "ISO002",
        MOVES,
        *trigger(STOCK, INSERT, MOVES, ADDS.format("+ new.pieces")),
        "and s.org = new.org",
    ),
    "grows by one": (
        "ISO002",
        MOVES,
        *trigger(STOCK, INSERT, MOVES, ADDS.format("+ 1")),
        "and s.org = new.org",
    ),
    "of a form": (
        "ISO004",
        ALL_ORDERS,
        *trigger(FORMED, DELETE, ALL_ORDERS, "delete from public.lines l where l.slip = old.slip {0}"),
        "and l.org = old.org",
    ),
    "by a helper": ("ISO002", MOVES, *trigger(STOCK, INSERT, MOVES, BY_HELPER, HELPER), "and org = o"),
    "grows back": (
        "ISO002",
        MOVES,
        *trigger(STOCK, DELETE, MOVES, ADDS.format("+ old.pieces").replace("new.", "old.")),
        "and s.org = old.org",
    ),
    "goes with his": (
        "ISO004",
        ALL_ORDERS,
        *trigger(ORDERS, DELETE, ALL_ORDERS, "delete from public.lines l where l.order_no = old.number {0}"),
        "and l.org = old.org",
    ),
    "made again": (
        "ISO002",
        "public.rates",
        *trigger(
            RATES,
            "before insert",
            "public.rates",
            "update public.rates r set rate = r.rate - 1 where r.currency = new.currency {0}",
        ),
        "and r.org = new.org",
    ),
    "before hers": (
        "ISO002",
        "public.queues",
        *trigger(
            QUEUE,
            UPDATE,
            "public.queues",
            "if pg_trigger_depth() < 2 then update public.queues q set place = q.place - 1 "
            "where q.place > new.place {0}; end if",
        ),
        "and q.org = new.org",
    ),
    "by a name that no key has": (
        "ISO002",
        "public.visits",
        *trigger(
            ROOMS.replace("{unique}", ""),
            INSERT,
            "public.visits",
            "update public.rooms r set state = 'taken' where r.name = new.room {0}",
        ),
        "and r.org = new.org",
    ),
    "by a function": (
        "ISO005",
        "public.close(called text)",
        MEMBERS
        + """create table public.batches (
  id uuid primary key default gen_random_uuid(), org int not null, code text not null, state text not null default 'open',
  unique (org, code));"""
        + OWN.format("public.batches"),
        """create function public.close(called text) returns void language plpgsql security definer set search_path = '' as $$
begin
  perform 1 from public.batches b where b.code = called and b.org = public.my_org();
  if not found then raise exception 'no such batch'; end if;
  update public.batches b set state = 'closed' where b.code = called {0};
end $$;""",
        "and b.org = public.my_org()",
    ),
}


def judge(server, root, check, subject, *migrations):
    """Return what a check says of a subject, whose reproduction shows it."""
    with system(server, root, *migrations) as target:
        assert target.built.migrations.whole
        found = by_subject(judged(target, check)).get(subject)
        if found and found.status is Status.FAILED:
            assert replay(target, found.reproduce, marks(found.detail)).got, found.reproduce
        return found.status if found else Status.PASSED, found.detail if found else ""


@pytest.mark.parametrize("what", SYSTEMS)
def test_what_asks_for_the_name_alone_reaches_hers(server, tmp_path, what):
    check, subject, base, acting, tenant = SYSTEMS[what]
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.mkdir()
    good.mkdir()
    status, detail = judge(server, bad, check, subject, base, acting.replace("{0}", ""))
    assert status is Status.FAILED, detail
    status, detail = judge(server, good, check, subject, base, acting.replace("{0}", tenant))
    assert status is Status.PASSED, detail


def test_rows_that_repeat_a_number_meet(server, tmp_path):
    """So they do where no key says so, and where a CHECK asks for a form."""
    body = "delete from public.lines l where l.order_no = old.number"
    with system(server, tmp_path, *trigger(ORDERS, DELETE, ALL_ORDERS, body)) as target:
        rows = open_store(target, target.run_directory).get(Population).rows
    found = [rows["public.orders", one.name].texts["number"] for one in (ALICE, BOB)]
    found += [rows["public.lines", one.name].texts["order_no"] for one in (ALICE, BOB)]
    assert len(set(found)) == 1


def test_what_has_no_room_for_a_name_has_its_own(server, tmp_path):
    """A row there is better than one that meets another."""
    body = "delete from public.lines l where l.slip = old.slip"
    short = ORDERS + SLIPS.replace("{0}", "varchar(5)")
    with system(server, tmp_path, *trigger(short, DELETE, ALL_ORDERS, body)) as target:
        found = open_store(target, target.run_directory).get(Population)
    assert found.row("public.lines", ALICE.name), found.unfilled


NUMBERED = (
    MEMBERS
    + """
create table public.invoices (id int generated always as identity primary key, org int not null, number int not null,
  unique (org, number));
create table public.advices (
  id uuid primary key default gen_random_uuid(), org int not null, invoice int not null, body text not null);
create function public.count_up() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  select coalesce(max(i.number), 0) + 1 into new.number from public.invoices i where i.org = new.org;
  return new;
end $$;
create trigger count_up before insert on public.invoices for each row execute function public.count_up();
"""
    + OWN.format("public.invoices")
)
ASKS = (
    "if not exists (select from public.invoices i where i.number = new.invoice and i.org = new.org) "
    "then raise exception 'no such invoice'; end if"
)


def test_a_row_is_made_once_before_what_repeats_its_number(server, tmp_path):
    with system(server, tmp_path, *trigger(NUMBERED, "before insert", "public.advices", ASKS)) as target:
        found = open_store(target, target.run_directory).get(Population)
    assert len(found.held["public.invoices"]) == len(found.held["public.advices"]) == len((ALICE, BOB))


def test_what_repeats_a_number_is_seen_again_beside_it(server, tmp_path):
    """Nobody guards the advices, and there is none without its invoice."""
    known = trigger(NUMBERED, "before insert", "public.advices", ASKS)
    status, detail = judge(server, tmp_path, "ISO001", "public.advices", *known)
    assert status is Status.FAILED, detail


ALERTS = """
create table public.alerts (user_id uuid not null default auth.uid() references auth.users, city text not null,
  seen boolean not null default true, primary key (user_id, city));
create table public.reports (
  id uuid primary key default gen_random_uuid(), reporter uuid not null default auth.uid() references auth.users,
  city text not null, what text not null);
alter table public.alerts enable row level security;
alter table public.reports enable row level security;
create policy own on public.alerts for all to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy own on public.reports for all to authenticated
  using (reporter = (select auth.uid())) with check (reporter = (select auth.uid()));
"""


NO_KEY = ALERTS.replace(", primary key (user_id, city)", "")
TOLD = trigger(
    ALERTS, INSERT, "public.reports", "update public.alerts set seen = false where city = new.city"
)
ENTERS = "update public.rooms r set state = 'taken' where r.{0} = new.room"
BY_NAME = ENTERS.format("name")
SHOWN = "create policy everyone_reads on public.rooms for select to authenticated using (true);"
CODED = "alter table public.rooms add door_code text not null;"
MEANT = {
    "a city of which users are told": ("public.reports", *TOLD),
    "the same without a key": ("public.reports", NO_KEY, TOLD[1]),
    "what everybody sees": (
        "public.visits",
        *trigger(ROOMS.replace("{unique}", ""), INSERT, "public.visits", BY_NAME, SHOWN),
    ),
    "an address of one alone": (
        "public.visits",
        *trigger(ROOMS.replace("{unique}", "unique"), INSERT, "public.visits", BY_NAME),
    ),
    "a code that only some know": (
        "public.visits",
        *trigger(ROOMS.replace("{unique}", "") + CODED, INSERT, "public.visits", ENTERS.format("door_code")),
    ),
}


@pytest.mark.parametrize("what", MEANT)
def test_what_names_rows_of_others_on_purpose(server, tmp_path, what):
    subject, *migrations = MEANT[what]
    status, detail = judge(server, tmp_path, "ISO002", subject, *migrations)
    assert status is Status.PASSED, detail


GRANTS = """
create table public.grants (
  user_id uuid not null references auth.users, root text not null check (root ~ '^/[a-z0-9/-]+$'), primary key (user_id, root));
create table public.files (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, path text not null);
alter table public.grants enable row level security;
alter table public.files enable row level security;
create policy own on public.grants for select to authenticated using (user_id = (select auth.uid()));
create policy below on public.files for select to authenticated using (exists (
  select from public.grants g where g.user_id = (select auth.uid()) and starts_with(files.path, g.root || '/')));
"""


def test_a_path_that_a_user_was_given_is_not_given_to_another(server, tmp_path):
    status, detail = judge(server, tmp_path, "ISO001", "public.files", GRANTS)
    assert status is Status.PASSED, detail
