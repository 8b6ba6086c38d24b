"""Webhooks of others, all mutants of the reference, and the sound ones, twenty times."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hooks import CHECKS, HOOK, KILLS, MUTANTS, attacks, groups_of, service, under_attack
from pytest_readiness.vocabulary import Status
from systems import system

APP = Path(__file__).parents[2] / "fixtures" / "cases" / "services" / "webhooks.py"
SERVICES = ("webhooks", "stripe", "whatsapp")
THEIRS = replace(
    HOOK,
    payload='{"account": "a", "amount": 10.5}',
    effect="select count(*) from wallet_entries",
    largest=0,  # it reads whatever comes, and declares no bound
)
FOUND_BY = {
    "first_sig_only": {"WHK001"},
    "no_timestamp": {"WHK003"},
    "no_verify": {"WHK002"},
    "parsed_body": {"WHK001", "WHK002"},
    "single_secret": {"WHK001"},
    "no_dedup": {"WHK003"},
    "dedup_race": {"WHK003"},
    "dedup_in_memory": {"WHK003"},
    "dedup_by_body": {"WHK001"},
    "future_accepted": {"WHK003"},
    "milliseconds_tolerance": {"WHK003"},
    "prefix_compare": {"WHK002"},
    "optional_signature": {"WHK002"},
    "any_version": {"WHK002"},
    "empty_previous_secret": {"WHK002"},
    "non_ascii_crash": {"WHK004"},
    "lossy_text_body": {"WHK002"},
    "parse_first": {"WHK004"},
    "bad_json_crash": {"WHK004"},
    "dedup_by_signature": {"WHK003"},
    "errors_acknowledged": {"WHK005"},
    "marked_before_booked": {"WHK005"},
    "booked_in_background": {"WHK005"},
    "duplicate_409": {"WHK006"},
    "signature_substring": {"WHK002"},
}


def failing(found):
    return {name for name, findings in found.items() for f in findings if f.status is not Status.PASSED}


@pytest.fixture
def theirs(own_server, tmp_path):
    def run(variant):
        command = f"{sys.executable} {APP} {variant} --port {{port}}"
        with system(own_server, tmp_path, "select 1;") as target:
            return under_attack(target, replace(service("", 2), command=command), THEIRS)

    return run


@pytest.fixture(scope="module")
def ours(own_server, tmp_path_factory):
    with attacks(own_server, tmp_path_factory.mktemp("run"), "ours") as run:
        yield run


@pytest.mark.parametrize("variant", FOUND_BY)
def test_a_defect_is_found(theirs, variant):
    found = theirs(variant)
    failed = {name for name, findings in found.items() if findings[0].status is Status.FAILED}
    assert failed & FOUND_BY[variant], found


@pytest.mark.parametrize("variant", ["good", "ledger_dedup", "serial_lock"])
def test_a_correct_one_is_clean(theirs, variant):
    assert failing(theirs(variant)) == set()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(ours, mutant):
    killer = KILLS.search(mutant.read_text()).group(1)
    instances = 2 if "memory" in mutant.stem else 1
    found = ours(f"readiness_reference.mutants.{mutant.stem}:app", groups_of(mutant), instances)
    assert [f.status for f in found[killer]] == [Status.FAILED], found


@pytest.mark.parametrize("run", range(20))
def test_the_sound_webhooks_are_clean_every_time(ours, run):
    found = ours(f"readiness_reference.services.{SERVICES[run % 3]}:app", instances=2)
    assert found.keys() == CHECKS.keys()
    assert failing(found) == set()
