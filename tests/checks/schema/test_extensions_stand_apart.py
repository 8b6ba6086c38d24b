"""SCH018 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED
from pytest_readiness import Status
from pytest_readiness.evidence.schema import Extension
from readiness_checks.schema.extensions_stand_apart import extensions_stand_apart

CITEXT = Extension("citext", "public", "1.6", "1.6", movable=True)


def judge(extension, **facts):
    (finding,) = extensions_stand_apart(replace(CLOSED, extensions=(extension,), **facts))
    return finding


def test_what_stands_among_what_the_api_shows_fails():
    finding = judge(CITEXT)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix == 'alter extension "citext" set schema extensions;'
    assert "set schema" not in judge(replace(CITEXT, movable=False)).fix


@pytest.mark.parametrize("facts", [{"exposed": ("api",)}, {"roles": ()}], ids=["elsewhere", "no API"])
def test_what_no_api_shows_passes(facts):
    assert judge(CITEXT, **facts).status is Status.PASSED
