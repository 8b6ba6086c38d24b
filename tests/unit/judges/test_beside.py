"""What functions record is recorded however a client does it; the rest is the client's own affair."""

import pytest

from pytest_readiness.evidence.beside import Bypass, Spoken
from pytest_readiness.evidence.echoes import Echo, EchoEvidence
from pytest_readiness.judges.audit.beside import recorded, unrecorded

ROW = {"id": 1, "qty": 5, "label": "a", "updated_at": "1"}
ENTRY = ({"n": 1},)


def echo(verb, before, after, entries=ENTRY, log="public.ledger"):
    return Echo("public.items", log, verb, ("id",), before, after, entries)


@pytest.mark.parametrize(
    ("called", "told"),
    [
        ([echo("UPDATE", ROW, {**ROW, "qty": 6, "updated_at": "2"})], {"UPDATE": {"qty"}}),
        ([echo("DELETE", ROW, None)], {"DELETE": {"id", "qty", "label"}}),
        ([echo("UPDATE", ROW, {**ROW, "label": "b"}, entries=())], {}),
        ([echo("UPDATE", ROW, {**ROW, "qty": 6}, log="public.others")], {}),
    ],
    ids=["an update", "a deletion", "without an entry", "in another log"],
)
def test_functions_record_what_leaves_an_entry(called, told):
    assert recorded(EchoEvidence(called=tuple(called)), "public.items", "public.ledger") == told


@pytest.mark.parametrize(("entries", "missing"), [(0, 1), (1, 0)])
def test_what_left_nothing_is_unrecorded(entries, missing):
    bypass = Bypass("UPDATE", "qty", "public.board", "alice", entries, "update")
    assert len(unrecorded(Spoken("public.items", "public.ledger", 1, (bypass,)))) == missing
