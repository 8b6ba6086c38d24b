"""The isolation matrix of a real system, from what its checks gathered."""

import pytest

from pytest_readiness.evidence.access import AccessEvidence
from pytest_readiness.evidence.attacks import InferenceEvidence, WriteEvidence
from pytest_readiness.judges.isolation.cells import OWNER, State
from pytest_readiness.run.matrix import isolation_matrix
from pytest_readiness.run.prepare import open_store
from systems import system

TABLES = """
create table public.notes (id int primary key, user_id uuid not null references auth.users, body text not null);
alter table public.notes enable row level security;
create policy r on public.notes for select to authenticated using (user_id = auth.uid());
create policy w on public.notes for insert to authenticated with check (user_id = auth.uid());
create policy u on public.notes for update to authenticated using (true) with check (true);
revoke truncate on public.notes from anon, authenticated;
create table public.prices (id int primary key, amount int not null);
alter table public.prices enable row level security;
create policy r on public.prices for select to anon, authenticated using (true);
insert into public.prices values (1, 5);
create table public.secrets (id int primary key, body text not null);
revoke all on public.secrets from anon, authenticated;
"""


@pytest.fixture(scope="module")
def store_of(server, tmp_path_factory):
    with system(server, tmp_path_factory.mktemp("matrix"), TABLES) as target:
        yield lambda: open_store(target, target.run_directory)


@pytest.fixture(scope="module")
def cells(store_of):
    store = store_of()
    for kind in (AccessEvidence, WriteEvidence, InferenceEvidence):
        store.get(kind)
    found = isolation_matrix(store)
    return {(row.relation, *key): cell.state for row in found.rows for key, cell in row.cells.items()}


@pytest.mark.parametrize(
    ("actor", "verb", "state"),
    [
        (OWNER, "SELECT", State.OWN),
        ("bob", "SELECT", State.OWN),
        ("anon", "SELECT", State.ISOLATED),
        (OWNER, "INSERT", State.OWN),
        ("bob", "INSERT", State.ISOLATED),
        ("anon", "INSERT", State.ISOLATED),
        ("bob", "UPDATE", State.LEAK),
        ("anon", "UPDATE", State.ISOLATED),
        ("bob", "DELETE", State.CLOSED),
        ("bob", "TRUNCATE", State.CLOSED),
    ],
)
def test_a_cell_says_what_the_server_did(cells, actor, verb, state):
    assert cells["public.notes", actor, verb] is state


def test_what_belongs_to_nobody_is_shared(cells):
    assert cells["public.prices", "anon", "SELECT"] is State.SHARED
    assert cells["public.prices", "bob", "UPDATE"] is State.CLOSED


def test_what_no_client_may_use_is_left_out(cells):
    assert "public.secrets" not in {relation for relation, *_ in cells}


def test_what_was_not_gathered_is_named_and_not_gathered_now(cells, store_of):
    store = store_of()
    missing = isolation_matrix(store).missing
    assert "CallEvidence was not gathered" in missing
    assert "WriteEvidence was not gathered" not in missing
    assert isolation_matrix(store).missing == missing


def test_without_any_evidence_there_is_no_matrix(server, tmp_path):
    with system(server, tmp_path, TABLES) as target:
        assert isolation_matrix(open_store(target, target.run_directory)) is None
