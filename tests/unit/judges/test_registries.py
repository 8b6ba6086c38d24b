"""What an application reads to learn who calls is told from what tenants have, and from what it may forget."""

from dataclasses import replace

import pytest

from pointed import function
from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import Argument, Privileges
from pytest_readiness.evidence.ownership import Membership, Owners, Ownership
from pytest_readiness.judges.purpose.registries import Registries, registries
from relations import catalog, column, relation

WEB = "web"


def table(name, *columns, rls=False, unique=()):
    columns = (column("id"), *columns)
    held = Privileges(select=tuple(one.name for one in columns))
    return replace(relation(name, *columns), rls=rls, unique=unique, privileges={WEB: held})


DATA = [table(f"public.data{at}", column("club_id"), rls=True) for at in range(5)]
CLUBS = table("public.clubs", column("handle", "text"), column("name", "text"), unique=(("handle",),))
PEOPLE = table("public.users", column("email", "text"))
SEATS = table("public.seats", column("club_id"), column("user_id"))
SIGN_INS = table(
    "public.sign_ins", column("user_id"), column("token_hash", "text"), column("expires_at", "date")
)


def found(*relations, functions=()):
    data = {one.name: Ownership(tenants=("club_id",)) for one in relations if one.table.startswith("data")}
    owners = Owners(
        owned=data,
        people={"public.users": "id"},
        roots={"public.clubs": "id"},
        memberships=(Membership("public.seats", "user_id", "club_id", "public.clubs"),),
    )
    return registries(replace(catalog(*relations), functions=functions), owners, WEB)


def test_tenants_users_places_and_credentials_tell_who_calls():
    known = found(*DATA, CLUBS, PEOPLE, SEATS, SIGN_INS)
    assert known.doors == {"public.clubs"}
    assert known.doubtful == {"public.users", "public.seats"}
    assert known.credentials == known.kept == {"public.sign_ins"}


@pytest.mark.parametrize(
    "data", [DATA[:2], [*DATA, *(replace(one, name=f"{one.name}x", rls=False) for one in DATA)]]
)
def test_who_forgets_policies_forgets_them_there_too(data):
    assert found(*data, CLUBS, PEOPLE) == Registries()


def test_one_table_that_was_forgotten_excuses_none_and_accuses_none():
    known = found(*DATA[1:], replace(DATA[0], name="public.data9", rls=False), CLUBS)
    assert known.doors == frozenset()
    more = [replace(DATA[0], name=f"public.data{at}") for at in range(10, 16)]
    known = found(*DATA, *more, replace(DATA[0], name="public.data9", rls=False), CLUBS)
    assert known.doors == {"public.clubs"}
    assert "public.data9" not in known.doors | known.doubtful | known.credentials


@pytest.mark.parametrize(
    ("more", "door", "doubtful"),
    [
        ("status", True, False),
        ("plan_ref", False, True),
        ("billing_email", False, True),
        ("api_key", False, False),
    ],
)
def test_a_register_is_open_as_far_as_the_door_and_never_with_a_secret(more, door, doubtful):
    clubs = table("public.clubs", column("handle", "text"), column(more, "text"), unique=(("handle",),))
    known = found(*DATA, clubs)
    assert ("public.clubs" in known.doors, "public.clubs" in known.doubtful) == (door, doubtful)


@pytest.mark.parametrize(
    ("more", "doubtful"), [("password_hash", True), ("iban", False), ("salary", False), ("api_key", False)]
)
def test_of_users_an_application_reads_what_they_sign_in_by_and_no_other_secret(more, doubtful):
    people = table("public.users", column("email", "text"), column(more, "text"))
    assert ("public.users" in found(*DATA, people).doubtful) is doubtful


def test_what_policies_guard_is_not_doubted():
    known = found(*DATA, replace(PEOPLE, rls=True), replace(SIGN_INS, rls=True))
    assert not known.doubtful | known.credentials
    assert known.kept == {"public.sign_ins"}


@pytest.mark.parametrize(
    ("names", "unique", "presented"),
    [
        (("token", "expires_at"), (("token",),), True),
        (("token", "expires_at"), (), False),
        (("code_hash", "consumed_at"), (), True),
        (("access_token", "expires_at"), (("access_token",),), False),
        (("token_hash", "made_at"), (("token_hash",),), False),
    ],
)
def test_a_credential_is_found_by_what_is_presented_and_is_over_some_day(names, unique, presented):
    links = table("public.links", *(column(name, "text") for name in names), unique=unique)
    assert ("public.links" in found(*DATA, links).credentials) is presented


@pytest.mark.parametrize(
    ("verb", "subject", "reached", "kind", "doubted"),
    [
        ("DELETE", "public.sign_ins", "public.sign_ins", "destroyed", True),
        ("DELETE", "public.users", "public.users", "destroyed", False),
        ("DELETE", "public.sign_ins", "public.data1", "destroyed", False),
        ("CALL", "public.sign_out()", "public.sign_ins", "altered", True),
        ("CALL", "public.sign_out()", "public.data1", "altered", False),
        ("CALL", "public.tokens()", "public.sign_ins", "read", False),
    ],
)
def test_what_is_kept_of_signing_in_is_written_before_anybody_is_named(verb, subject, reached, kind, doubted):
    harm = Harm("bob", kind, reached, "alice", "x", "select 1")
    judged = found(*DATA, PEOPLE, SIGN_INS).doubted(Assault(subject, verb, 1, (harm,)))
    assert (not judged.harms, bool(judged.unclear)) == (doubted, doubted)


@pytest.mark.parametrize(
    ("body", "doubted"),
    [
        ("update public.sign_ins set token_hash = p_new where user_id = p_of", False),
        ("update public.sign_ins as s set token_hash = digest($2, 'sha256') where s.user_id = $1", False),
        ("update public.sign_ins set token_hash = p_new where token_hash = p_of", True),
        ("update public.sign_ins set token_hash = p_new where sha256(p_of) = sign_ins.token_hash", True),
        ("update public.sign_ins set token_hash = p_new where id = p_of", True),
        ("update public.sign_ins set expires_at = now() where user_id = p_of", True),
        ("update public.sign_ins set token_hash = v_drawn where user_id = p_of", True),
        ("insert into public.sign_ins (user_id, token_hash) values (p_of, p_new)", True),
        ("update public.data1 set token_hash = p_new where user_id = p_of", True),
    ],
)
def test_who_puts_his_own_in_the_place_of_what_another_presents_signs_in_as_him(body, doubted):
    arguments = tuple(Argument(name, "text", "text", "b") for name in ("p_of", "p_new"))
    signed = function(body=body, signature="public.renew()", arguments=arguments).functions
    known = found(*DATA, PEOPLE, replace(SIGN_INS, rls=True), functions=signed)
    harm = Harm("bob", "altered", "public.sign_ins", "alice", "x", "select 1")
    judged = known.doubted(Assault("public.renew()", "CALL", 1, (harm,)))
    assert bool(judged.unclear) is doubted
