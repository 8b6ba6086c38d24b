"""Limiters, endpoints, health checks and webhooks in styles of their own, judged as a project declares them."""

import json
import shlex
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from limiters import STRICT, tried
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Settings
from pytest_readiness.settings.parse import parse
from pytest_readiness.vocabulary import Status
from systems import system

CASES = {
    path.parent: json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "fixtures" / "cases" / "edge").glob("*/case.json"))
}
LIMITERS = [case for case, told in CASES.items() if told["kind"] == "limiter"]
SERVICES = [case for case, told in CASES.items() if told["kind"] == "service"]


def wrong(findings):
    return {finding for finding in findings if finding.status is not Status.PASSED}


def met(told, wrong):
    """A defect is found by a check that the case names; a sound case raises nothing."""
    return bool(wrong & {*told["found_by"]}) if told["found_by"] else not wrong


@pytest.mark.parametrize("case", LIMITERS, ids=lambda path: path.name)
def test_a_limiter(case):
    told = CASES[case]
    found = wrong(tried("limiter:make_limiter", promise=replace(STRICT, **told["declared"]), folder=case))
    assert met(told, {finding.subject.removeprefix("it: ") for finding in found}), found


@pytest.mark.parametrize("case", SERVICES, ids=lambda path: path.name)
def test_a_service(own_server, tmp_path, case):
    told = CASES[case]
    settings = parse(tomllib.loads((case / "settings.toml").read_text()))
    services = tuple(
        replace(s, command=s.command.replace("python", shlex.quote(sys.executable), 1))
        for s in settings.services
    )
    with system(own_server, tmp_path, "select 1;") as target:
        target.settings = replace(settings, root=case, services=services)
        store = open_store(target, target.run_directory)
        areas = {
            area
            for area, used in (
                ("limits", settings.limits),
                ("webhooks", settings.webhooks),
                ("health", settings.health),
            )
            if used
        }
        records = {
            d.spec.id: evaluate(d, target, store)
            for d in read_catalogue(Settings()).checks
            if d.area in areas
        }
    found = {name: wrong(record.findings) for name, record in records.items() if wrong(record.findings)}
    assert met(told, {*found}), found
