"""SCH024 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED
from pytest_readiness import Status
from pytest_readiness.evidence.schema import Extension
from readiness_checks.schema.extensions_are_up_to_date import extensions_are_up_to_date


def judge(installed, default):
    extension = Extension("pg_trgm", "extensions", installed, default, movable=True)
    (finding,) = extensions_are_up_to_date(replace(CLOSED, extensions=(extension,)))
    return finding


@pytest.mark.parametrize(("installed", "default"), [("1.4", "1.6"), ("1.9", "1.10"), ("3.4.2", "3.5")])
def test_what_the_server_has_newer_fails(installed, default):
    finding = judge(installed, default)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix == 'alter extension "pg_trgm" update;'


@pytest.mark.parametrize(
    ("installed", "default"),
    [("1.6", "1.6"), ("1.10", "1.9"), ("stand-in", "stand-in"), ("unpackaged", "1.0")],
)
def test_what_is_as_new_or_cannot_be_compared_passes(installed, default):
    assert judge(installed, default).status is Status.PASSED
