"""Limited endpoints of others, all mutants of the reference, and the sound ones, twenty times."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_readiness.evidence.endpoints import EndpointEvidence
from pytest_readiness.gather.endpoints.sieges import besieged
from pytest_readiness.vocabulary import Status
from readiness_reference.services.limited import LIMITS
from sieges import CHECKS, GROUPS, KILLS, MUTANTS, limit, service, under_attack
from systems import system

APP = Path(__file__).parents[2] / "fixtures" / "cases" / "services" / "http_limits.py"
FOUND_BY = {
    "cacheable_429": "LIM013",
    "credential_rotation": "LIM012",
    "leaks_key": "LIM013",
    "limit_after_handler": "LIM011",
    "method_keyed": "LIM012",
    "no_retry_after": "LIM013",
    "policy_malformed": "LIM013",
    "retry_float": "LIM013",
    "retry_ms": "LIM013",
    "shared_bucket": "LIM011",
    "status_503": "LIM013",
    "trailing_slash": "LIM012",
    "xff_trusted": "LIM012",
    "query_keyed": "LIM012",
    "encoded_path": "LIM012",
    "head_unlimited": "LIM012",
    "user_agent_keyed": "LIM012",
    "case_insensitive_routes": "LIM012",
    "fixed_window": "LIM011",
    "refused_counted": "LIM011",
    "limit_plus_one": "LIM011",
    "fail_open": "LIM014",
    "retry_epoch": "LIM013",
    "retry_full_window": "LIM013",
    "retry_rounded_down": "LIM013",
    "remaining_constant": "LIM013",
    "policy_other_window": "LIM013",
    "in_process": "LIM011",
    "port_keyed": "LIM012",
}


def failing(found):
    return {name for name, finding in found.items() if finding.status is not Status.PASSED}


@pytest.fixture(scope="module")
def target(own_server, tmp_path_factory):
    with system(own_server, tmp_path_factory.mktemp("endpoints"), "select 1;") as target:
        yield target


def theirs(variant):
    return service(command=f"{sys.executable} {APP} {variant} --port {{port}}")


@pytest.mark.parametrize("variant", FOUND_BY)
def test_a_defect_is_found(target, variant):
    found = under_attack(target, theirs(variant), limit())
    assert found[FOUND_BY[variant]].status is Status.FAILED, found


def test_paths_that_share_one_budget_are_found_where_each_has_a_limit_of_its_own(target):
    both = limit("/agent", LIMITS["/agent"]), limit("/admin", LIMITS["/admin"])
    target.settings = replace(target.settings, services=(theirs("one_bucket_per_caller"),), limits=both)
    found = next(iter(CHECKS["LIM011"](EndpointEvidence((besieged(target, both[1]),)))))
    assert "the same caller at GET /agent: it is answered 429" in found.detail


@pytest.mark.parametrize("variant", ["retry_http_date", "fields_on_refusal_only"])
def test_correct_ones_of_other_manners_are_clean(target, variant):
    assert failing(under_attack(target, theirs(variant), limit())) == set()


@pytest.mark.parametrize("path", LIMITS)
def test_a_correct_one_is_clean(target, path):
    assert failing(under_attack(target, theirs("good"), limit(path, LIMITS[path], "POST"))) == set()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(target, mutant):
    killer = KILLS.search(mutant.read_text()).group(1)
    instances = 2 if "instance" in mutant.stem else 1
    app = service(f"readiness_reference.mutants.{mutant.stem}:app", instances)
    found = under_attack(target, app, limit(), GROUPS[killer])
    assert found[killer].status is Status.FAILED, found


@pytest.mark.parametrize("run", range(20))
def test_the_sound_endpoint_is_clean_every_time(target, run):
    app = service("readiness_reference.services.limited:app", instances=2)
    path = list(LIMITS)[run % len(LIMITS)]
    found = under_attack(target, app, limit(path, LIMITS[path]))
    assert found.keys() == CHECKS.keys()
    assert failing(found) == set()
