"""Outside Supabase a session is guessed from what the target says, and a role above the policies is a blocker."""

import itertools

import pytest

from pytest_readiness.settings import Isolation, Session
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

_serial = itertools.count()
BILLS = """
create role {role} {attributes};
create table public.bills (id int generated always as identity primary key, tenant_id int not null, body text);
alter table public.bills enable row level security;
create policy p on public.bills using ({policy});
grant select, insert, update, delete on public.bills to {role};
"""
SOUND = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"


@pytest.fixture
def bills(server, tmp_path):
    """Judge a target with one table by a check; its role has a name of its own."""

    def judge(check, policy, attributes="nologin", **settings):
        role = f"biller{next(_serial)}"
        folder = tmp_path / role
        folder.mkdir()
        text = BILLS.format(role=role, attributes=attributes, policy=policy)
        chosen = {name: value(role) for name, value in settings.items()}
        how = {"profile": "postgres", "migrations_as": "superuser"} | chosen
        with system(server, folder, text, **how) as target:
            return role, by_subject(judged(target, check)), target

    return judge


def test_a_likely_session_is_used_and_kept_for_the_report(bills):
    role, found, target = bills("ISO001", SOUND)
    assert found["public.bills"].status is Status.PASSED
    assert target.built.likely.session == Session(
        role, "select set_config('app.tenant_id', %(tenant)s, true)"
    )


def test_what_helpers_of_policies_call_tells_it_as_well(server, tmp_path):
    helpers = """
        create function public."who is it"() returns int language sql stable as
        $$ select nullif(current_setting('app.tenant_id', true), '')::int $$;
        create function public.mine(t int) returns boolean language plpgsql stable as
        $$ begin return t = public."who is it"(); end $$;
        create function public.is_seen(t int) returns boolean language sql stable as $$ select MINE (t) $$;
    """
    made = BILLS.format(role="helped", attributes="nologin", policy="public.is_seen(tenant_id)")
    how = {"profile": "postgres", "migrations_as": "superuser"}
    with system(server, tmp_path, helpers + made, **how) as target:
        found = by_subject(judged(target, "ISO001"))
        become = "select set_config('app.tenant_id', %(tenant)s, true)"
        assert target.built.likely.session == Session("helped", become)
    assert found["public.bills"].status is Status.PASSED


def test_a_likely_session_finds_what_leaks(bills):
    _, found, _ = bills("ISO001", f"{SOUND} or length(body) > 0")
    assert found["public.bills"].detail.startswith("As bob I read tenant red's bill: `canary-")


def test_a_setting_that_was_never_made_is_null_and_one_that_was_left_is_empty(bills):
    _, found, _ = bills(
        "ISO001", "tenant_id = coalesce(current_setting('app.tenant_id', true)::int, tenant_id)"
    )
    assert "As a caller without a user, on a new connection I read" in found["public.bills"].detail


def test_what_is_not_unambiguous_is_unknown_with_the_lines_to_complete(bills):
    role, found, _ = bills(
        "ISO001",
        "tenant_id = coalesce(current_setting('app.current', true), current_setting('app.other', true))::int",
    )
    finding = found["the target"]
    assert finding.status is Status.UNKNOWN
    assert "nothing tells whether app.current, app.other names a user or a tenant" in finding.detail
    assert finding.fix == (
        f'[isolation.session]\nrole = "{role}"\nbecome = "select set_config(\'app.current\', %(user)s, true), '
        "set_config('app.other', %(user)s, true)\""
    )


def test_one_setting_whose_name_says_nothing_holds_whoever_acts(bills):
    _, found, _ = bills("ISO001", "tenant_id = current_setting('app.current', true)::int")
    assert found["public.bills"].status is Status.PASSED


@pytest.mark.parametrize(
    ("attributes", "what"), [("superuser", "it is a superuser"), ("bypassrls", "it has BYPASSRLS")]
)
@pytest.mark.parametrize("declared", [True, False])
def test_a_session_above_the_policies_is_a_blocker_itself(bills, attributes, what, declared):
    said = {"isolation": lambda role: Isolation(session=Session(role, "select 1"))} if declared else {}
    role, found, _ = bills("ISO009", SOUND, attributes, **said)
    assert found[role].status is Status.FAILED
    assert f"No policy binds {role}: {what}" in found[role].detail


def test_the_owner_of_a_table_is_bound_by_no_policy(server, tmp_path):
    text = BILLS.format(role="landlord", attributes="nologin", policy=SOUND)
    text += "alter table public.bills owner to landlord; grant usage on schema public to landlord;"
    said = Isolation(session=Session("landlord", "select set_config('app.tenant_id', %(tenant)s, true)"))
    with system(
        server, tmp_path, text, profile="postgres", migrations_as="superuser", isolation=said
    ) as target:
        finding = by_subject(judged(target, "ISO001"))["public.bills"]
    assert "landlord owns public.bills, and policies do not bind owners" in finding.detail


BINS = """
create role {role} nologin;
create role {role}_north login in role {role};
create table public.bins (grower name not null default current_user, crop text not null);
alter table public.bins enable row level security;
create policy p on public.bins to {role} using ({policy});
grant select, insert, update, delete on public.bins to {role};
"""


@pytest.fixture
def bins(server, tmp_path):
    """Judge a target whose users each have a login of their own; return findings, and the target's likely session."""

    def judge(check, policy, **settings):
        role = f"grower{next(_serial)}"
        folder = tmp_path / role
        folder.mkdir()
        how = {"profile": "postgres", "migrations_as": "superuser"} | settings
        with system(server, folder, BINS.format(role=role, policy=policy), **how) as target:
            return role, by_subject(judged(target, check)), target

    return judge


def test_users_with_logins_of_their_own_are_members_of_the_group(bins):
    role, found, target = bins("ISO001", "grower = current_user")
    assert found["public.bins"].status is Status.PASSED
    assert target.built.likely.session == Session(role, "set local session authorization %(user)s")


def test_what_one_login_sees_of_another_leaks_and_is_shown_with_how_its_role_is_made(bins):
    role, found, _ = bins("ISO001", "grower = current_user or length(crop) > 0")
    finding = found["public.bins"]
    assert finding.detail.startswith("As bob I read alice's bin")
    bob = '"b0b00000-4815-4162-8342-000000000002"'
    assert f'-- as made by: create role {bob} login in role "{role}";' in finding.reproduce
    assert f"set local session authorization {bob};" in finding.reproduce
    assert "set local role" not in finding.reproduce


def test_the_login_of_each_user_may_be_declared(server, tmp_path):
    role = f"grower{next(_serial)}"
    text = BINS.format(role=role, policy="pg_has_role(current_user, 'pg_monitor', 'member') or grower = user")
    session = Session(role, "SET session authorization %(user)s;")
    how = {"profile": "postgres", "migrations_as": "superuser", "isolation": Isolation(session=session)}
    with system(server, tmp_path, text, **how) as target:
        assert by_subject(judged(target, "ISO004"))["public.bins"].status is Status.PASSED


def test_a_role_of_the_runs_own_people_is_nobodys(bins):
    _, found, _ = bins("ISO009", "grower = current_user")
    assert not [subject for subject in found if "4815-4162" in subject]


SALONS = """
create role {desk} nologin;
create role {stock} nologin;
create role {chain} nologin;
create table public.salons (id int primary key, chain_id int not null, called text not null);
create table public.visits (
  id int generated always as identity primary key, salon int not null, guest text not null);
create table public.lotions (id int generated always as identity primary key, salon int not null, said text not null);
create function public.salon() returns int language sql stable
  return nullif(current_setting('app.salon', true), '')::int;
alter table public.salons enable row level security;
alter table public.visits enable row level security;
alter table public.lotions enable row level security;
create policy own on public.salons for select to {desk}, {stock} using (id = public.salon());
create policy own on public.visits to {desk} using ({visits}) with check (salon = public.salon());
create policy own on public.lotions to {desk}, {stock} using (salon = public.salon());
create policy theirs on public.salons for select to {chain}
  using (chain_id = nullif(current_setting('app.chain', true), '')::int);
create function public.refill(p int) returns void language sql security definer set search_path = '' as
  $$ update public.lotions set said = 'full' where id = p and salon = public.salon() $$;
revoke execute on function public.refill(int) from public;
grant execute on function public.refill(int) to {stock};
grant select on public.salons to {desk}, {stock}, {chain};
grant select, insert, update, delete on public.visits to {desk};
grant select on public.lotions to {desk}, {stock};
grant insert on public.lotions to {stock};
"""


@pytest.mark.parametrize(
    ("visits", "status"), [("salon = public.salon()", Status.PASSED), ("salon > 0", Status.FAILED)]
)
def test_who_may_most_is_tried_and_what_others_may_beside_is_not_passed(server, tmp_path, visits, status):
    number = next(_serial)
    roles = {name: f"{name}{number}" for name in ("desk", "stock", "chain")}
    sql = SALONS.format(visits=visits, **roles)
    with system(server, tmp_path, sql, profile="postgres", migrations_as="superuser") as target:
        found = {
            check: by_subject(judged(target, check)) for check in ("ISO001", "ISO003", "ISO005", "ISO009")
        }
    assert found["ISO001"]["public.visits"].status is status
    untried = [
        found["ISO003"][f"public.lotions, as {roles['stock']}"],
        found["ISO005"][f"public.refill(p integer), as {roles['stock']}"],
        found["ISO009"][roles["chain"]],
    ]
    assert {one.status for one in untried} == {Status.UNKNOWN}
    assert all(f"taken to act as {roles['desk']}" in one.detail for one in untried)
    assert f'role = "{roles["chain"]}"' in untried[-1].fix
    assert "set_config('app.chain', %(tenant)s, true)" in untried[-1].fix
    assert f"public.visits, as {roles['stock']}" not in found["ISO003"]


ORDERS = """
create role {web} login;
create role {other} login;
create role {group} nologin;
create table public.orders (id int generated always as identity primary key, tenant_id int not null, body text not null);
create table public.notes (id int generated always as identity primary key, tenant_id int not null, body text not null);
alter table public.orders enable row level security;
alter table public.notes enable row level security;
create policy own on public.notes using ({sound});
create policy own on public.orders to {web} using ({sound});
grant select, insert, update on public.orders, public.notes to {web};
"""
WIDER = """
create policy more on public.orders to {other} using (id > 0);
grant select, insert, update, delete on public.orders, public.notes to {other};
"""
NARROWER = """
create policy more on public.orders for select to {other} using (true);
grant select on public.orders to {other};
"""
BY_GROUP = """
create policy more on public.orders for select to {group} using (true);
grant {group} to {other};
grant select on public.orders to {other};
"""
ALIKE = """
create policy same on public.orders for select to {other} using ({sound});
grant select on public.orders to {other};
"""


@pytest.mark.parametrize(
    ("more", "reads", "writes"),
    [(WIDER, True, True), (NARROWER, True, False), (BY_GROUP, True, False), (ALIKE, False, False)],
    ids=["may more", "may less", "by a group", "by the same"],
)
def test_a_role_with_policies_of_its_own_does_not_act_and_is_not_passed(
    server, tmp_path, more, reads, writes
):
    number = next(_serial)
    roles = {
        name: f"{kind}{number}" for name, kind in (("web", "shop"), ("other", "admin"), ("group", "crew"))
    }
    sql = (ORDERS + more).format(sound=SOUND, **roles)
    with system(server, tmp_path, sql, profile="postgres", migrations_as="superuser") as target:
        found = {check: by_subject(judged(target, check)) for check in ("ISO001", "ISO002", "ISO009")}
        assert target.session.role == roles["web"]
    assert found["ISO001"]["public.orders"].status is Status.PASSED
    subject = f"public.orders, as {roles['other']}"
    for check, told in (("ISO009", reads), ("ISO002", writes)):
        assert (subject in found[check]) is told
        if told:
            assert found[check][subject].status is Status.UNKNOWN


CALLING = """
create function public."my ""own"" id"() returns int language sql stable as
$$ select nullif(current_setting('app.tenant_id', true), '')::int $$;
create function public.last() returns int language plpgsql stable as
$$ begin return "public"."my ""own"" id" (); end $$;
create function public.first(t int) returns boolean language plpgsql stable as
$$ begin if t < 0 then return first(-t); end if; return t = "last"(); end $$;
"""


def test_calls_are_followed_by_quoted_names_and_in_rings(server, tmp_path):
    role = f"caller{next(_serial)}"
    sql = CALLING + BILLS.format(role=role, attributes="nologin", policy="public.first(tenant_id)")
    with system(server, tmp_path, sql, profile="postgres", migrations_as="superuser") as target:
        assert target.session.become == "select set_config('app.tenant_id', %(tenant)s, true)"
