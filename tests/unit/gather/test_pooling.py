"""Which requests have to leave entries before anything is told of their connection."""

from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from pytest_readiness.evidence.audit import Claim, Log, LogColumns, Unserved
from pytest_readiness.gather.trail.ground import Ground
from pytest_readiness.gather.trail.leaks import MARK
from pytest_readiness.gather.trail.pooling import Pooling
from relations import relation


def served(monkeypatch, *said):
    answers = iter(one if one == "closed" else claim(one) for one in said)
    monkeypatch.setattr(Pooling, "_served", lambda *_: next(answers))
    monkeypatch.setattr(Pooling, "_writer", lambda *_: None)
    monkeypatch.setattr(Pooling, "_correlating", lambda *_: SimpleNamespace(meant=True))
    ground = Ground(*(MagicMock() for _ in range(5)))
    log = Log("public.log", LogColumns(correlation="request_id"), "")
    return [*Pooling(ground, log, relation("public.jobs")).all()]


def claim(said):
    return Claim("public.jobs", "public.log", "bob", "", "request_id", (), "", said, "")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["closed"], "no request left"),
        (["7", "closed"], "no second request on the same connection left"),
        (["7", "7", "closed"], "no request on another connection left"),
    ],
)
def test_what_left_no_entry_is_told(monkeypatch, said, reason):
    (told,) = served(monkeypatch, *said)
    assert told == Unserved("public.jobs", "public.log", "request_id", f"{reason} an entry: closed")


@pytest.mark.parametrize("said", [[None], [f"of {MARK}"], ["7", "8"], ["7", "7", "7"]])
def test_entries_that_tell_no_connection_are_not_told(monkeypatch, said):
    assert served(monkeypatch, *said) == []


def test_entries_that_tell_their_connection_are_told(monkeypatch):
    (told,) = served(monkeypatch, "7", "7", "8")
    assert (told.lie, told.said) == ("7", "7")
