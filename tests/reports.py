"""Reports of a run, made by hand."""

import datetime as dt
from dataclasses import replace

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.report.document import document
from pytest_readiness.scoring.decision import Completeness
from pytest_readiness.scoring.record import Record
from pytest_readiness.scoring.summary import summarise
from pytest_readiness.settings import Settings
from pytest_readiness.vocabulary import Strength, passed

HOSTILE = "public.`<script>|\n# x"
THREE = {"ISO001", "AUD001", "MIG001"}
WHOLE = read_catalogue(Settings())
CATALOGUE = replace(WHOLE, checks=tuple(check for check in WHOLE.checks if check.spec.id in THREE))


def report(*findings, comparison=None, missing=None, audit=None, settings=None, notes=()):
    """Return the document of a run of three checks, of which ISO001 has these findings."""
    records = {
        "ISO001": Record("ISO001", findings, Strength.ATTACKED),
        "MIG001": Record("MIG001", (passed("a.sql"),), Strength.ATTACKED),
        "AUD001": audit or Record("AUD001", (), Strength.ATTACKED, absent="there is no audit log"),
    }
    records = {name: record for name, record in records.items() if name not in (missing or {})}
    settings = settings or Settings()
    summary = summarise(CATALOGUE, records, missing or {}, settings, Completeness(), dt.date(2026, 6, 1))
    return document(
        summary,
        tool={"name": "pytest-readiness", "version": "0"},
        target={
            "name": "t",
            "commit": "c" * 40,
            "differs_from_production": ["Postgres 18"],
            "notes": list(notes),
        },
        run={"complete": True, "partial": None},
        gate=("no",),
        comparison=comparison,
        weights={},
    )
