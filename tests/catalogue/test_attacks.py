"""Each case is what it says: its attack works on bad and fails on good, and its owner's access works on both."""

import itertools
import json
from contextlib import contextmanager

import psycopg
import pytest
from replay import play

from cases import FOLDER

CASES = sorted([*(FOLDER / "isolation").iterdir(), *(FOLDER / "audit").iterdir()])
SOUND = sorted([*(FOLDER / "sound").iterdir(), *(FOLDER / "trails").iterdir()])
TEMPLATE = "case_template"
_serial = itertools.count()


@pytest.fixture(scope="module")
def admin(own_server):
    with psycopg.connect(own_server.admin, autocommit=True) as connection:
        connection.execute(f"create database {TEMPLATE}")
        with psycopg.connect(own_server.conninfo(database=TEMPLATE), autocommit=True) as template:
            template.execute((FOLDER / "shim.sql").read_bytes())
        yield connection


@pytest.fixture
def on(own_server, admin):
    """Return what opens connections to a database of its own with a schema in it."""
    before = roles(admin)

    @contextmanager
    def database(schema):
        name = f"case_{next(_serial)}"
        admin.execute(f"create database {name} template {TEMPLATE} strategy file_copy")

        def connect(role=""):
            conninfo = own_server.conninfo(database=name, user=role or None)
            return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)

        try:
            with connect() as connection:
                connection.execute(schema.read_bytes())
            yield connect
        finally:
            drop(admin, name)

    yield database
    for role in roles(admin) - before:
        admin.execute(f'drop role "{role}"')


def drop(admin, name):
    """Drop a database; a replication slot in it has to go first, and one of a session goes with its end."""
    slots = "select slot_name, temporary, active_pid from pg_replication_slots where database = %s"
    while left := admin.execute(slots, (name,)).fetchall():
        for slot, temporary, session in left:
            if temporary:
                admin.execute("select pg_terminate_backend(%s)", (session,))
            else:
                admin.execute("select pg_drop_replication_slot(%s)", (slot,))
    admin.execute(f"drop database {name} with (force)")


def roles(admin):
    return {name for (name,) in admin.execute("select rolname from pg_roles")}


def succeeded(case, connect):
    """Play the attack, and judge what came of it as the case says."""
    ((how, wanted),) = json.loads((case / "case.json").read_text())["success"].items()
    seen = play((case / "attack.sql").read_text(), connect)
    if how == "check":
        with connect() as connection:
            return connection.execute(wanted.encode()).fetchone() == (True,), seen
    judged = {"contains": seen.holds, "error": seen.state.__eq__, "truthy": lambda _: seen.true}
    return judged[how](wanted), seen


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_attack_works_on_bad_alone_and_the_owner_on_both(on, case):
    for variant, works in (("bad", True), ("good", False)):
        with on(case / f"{variant}.sql") as connect:
            # A trail may be so broken that the owner's own change is not recorded: only its repair has to be.
            if (case / "legit.sql").exists() and (variant == "good" or case.parent.name == "isolation"):
                seen = play((case / "legit.sql").read_text(), connect, owner=True)
                assert seen.true, f"the owner on {variant}: {seen}"
            done, seen = succeeded(case, connect)
            assert done is works, f"the attack on {variant}: {seen}"


@pytest.mark.parametrize("system", SOUND, ids=lambda system: system.name)
def test_the_owners_of_a_sound_system_are_refused_nothing(on, system):
    with on(system / "good.sql") as connect:
        seen = play((system / "legit.sql").read_text(), connect, owner=True)
        assert seen.true, seen
