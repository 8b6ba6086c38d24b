"""Rows that anybody leaves for their owners: on purpose, perhaps on purpose, and by an open door."""

import pytest

from pytest_readiness.settings import Isolation
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

TABLE = """
create table public.{name} (id uuid primary key default gen_random_uuid(), {columns});
alter table public.{name} enable row level security;
create policy own on public.{name} for select to authenticated using ({owner} = (select auth.uid()));
create policy ins on public.{name} for insert to anon, authenticated with check (true);
"""
TO_A_USER = "{} uuid not null references auth.users"
TABLES = {
    "requests": ("lawyer_id", "from_email text not null, message text not null", Status.PASSED),
    "inquiries": ("profile_id", "sender_email text not null, message text not null", Status.UNKNOWN),
    "addresses": ("account_id", "full_name text not null, phone text, street text not null", Status.FAILED),
    "children": ("parent_id", "first_name text not null, born date", Status.FAILED),
    "messages": ("profile_id", "contact_id uuid, body text not null", Status.FAILED),
}
OF_OTHERS = """
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (
  team_id uuid references public.teams, user_id uuid references auth.users, primary key (team_id, user_id));
create table public.orders (
  id uuid primary key default gen_random_uuid(), customer_id uuid not null references auth.users, title text not null);
create table public.api_clients (
  id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams,
  contact_email text not null, callback_url text not null);
create table public.order_recipients (
  id uuid primary key default gen_random_uuid(),
  order_id uuid not null references public.orders, full_name text not null, email text);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.orders enable row level security;
alter table public.api_clients enable row level security;
alter table public.order_recipients enable row level security;
create policy mine on public.team_members for select to authenticated using (user_id = (select auth.uid()));
create policy own on public.orders for select to authenticated using (customer_id = (select auth.uid()));
create policy mine on public.api_clients for select to authenticated
  using (team_id in (select team_id from public.team_members where user_id = (select auth.uid())));
create policy own on public.order_recipients for select to authenticated
  using (order_id in (select id from public.orders where customer_id = (select auth.uid())));
create policy ins on public.api_clients for insert to anon, authenticated with check (true);
create policy ins on public.order_recipients for insert to anon, authenticated with check (true);
"""


@pytest.fixture(scope="module")
def found(server, tmp_path_factory):
    """Judge all of them in one system."""
    made = [
        TABLE.format(name=name, columns=f"{TO_A_USER.format(owner)}, {columns}", owner=owner)
        for name, (owner, columns, _) in TABLES.items()
    ]
    with system(server, tmp_path_factory.mktemp("boxes"), *made, OF_OTHERS) as target:
        return by_subject(judged(target, "ISO003"))


@pytest.mark.parametrize(("name", "status"), [(name, status) for name, (_, _, status) in TABLES.items()])
def test_an_open_insert_is_what_its_columns_say(found, name, status):
    assert found[f"public.{name}"].status is status, found[f"public.{name}"].detail


@pytest.mark.parametrize("name", ["api_clients", "order_recipients"])
def test_what_belongs_to_a_tenant_or_hangs_on_a_row_is_left_by_nobody(found, name):
    assert found[f"public.{name}"].detail.startswith("As bob I put a row in the name of")


def test_a_doubt_comes_with_its_settings_and_these_settle_it(server, tmp_path, found):
    fix = found["public.inquiries"].fix
    assert fix == '[isolation]\ndrop_boxes = ["public.inquiries"]'
    owner, columns, _ = TABLES["inquiries"]
    made = TABLE.format(name="inquiries", columns=f"{TO_A_USER.format(owner)}, {columns}", owner=owner)
    declared = Isolation(drop_boxes=("public.inquiries",))
    with system(server, tmp_path, made, isolation=declared) as target:
        finding = by_subject(judged(target, "ISO003"))["public.inquiries"]
    assert finding.status is Status.PASSED
    assert finding.detail.endswith("as settings declare")


HARBOURS = """
create table public.harbours (id uuid primary key default gen_random_uuid(), name text not null);
create table public.wardens (
  harbour uuid not null references public.harbours, person uuid not null references auth.users,
  primary key (harbour, person));
create table public.sightings (
  id uuid primary key default gen_random_uuid(), harbour uuid not null references public.harbours,
  said text not null, contact text, heard_at timestamptz not null default now());
create function public.wards(h uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.wardens w where w.harbour = h and w.person = auth.uid()) $$;
alter table public.harbours enable row level security;
alter table public.wardens enable row level security;
alter table public.sightings enable row level security;
create policy "{harbours}" on public.harbours for select to anon, authenticated using ({open});
create policy own on public.wardens for select to authenticated using (person = auth.uid());
create policy own on public.sightings for select to authenticated using (public.wards(harbour));
create policy hear on public.sightings for insert to anon, authenticated with check (true);
revoke all on public.sightings from anon, authenticated;
grant select on public.sightings to authenticated;
grant insert{columns} on public.sightings to anon, authenticated;
"""
CHOSEN = " (harbour, said, contact)"


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"harbours": "harbours are public", "open": "true", "columns": CHOSEN}, Status.PASSED),
        # Who reads nothing of harbours knows none to tell of a wreck.
        ({"harbours": "own", "open": "public.wards(id)", "columns": CHOSEN}, Status.FAILED),
        ({"harbours": "harbours are public", "open": "true", "columns": ""}, Status.UNKNOWN),
    ],
    ids=["tips", "hidden tenants", "everything"],
)
def test_a_tenant_that_all_know_is_told_what_anybody_saw(server, tmp_path, facts, status):
    with system(server, tmp_path, HARBOURS.format(**facts)) as target:
        found = by_subject(judged(target, "ISO003"))["public.sightings"]
    assert found.status is status, found.detail
