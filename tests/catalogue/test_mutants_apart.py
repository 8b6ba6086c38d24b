"""A mutant is killed by checks of its own area alone; each one of the schema is killed."""

import pytest

from mutants import CHECKS, MUTANTS, failures, judge_of, killer, told

SLOW = ("WAL", "LIM", "HEA", "WHK")
"""What calls the database is moved through thousands of calls, which no hole in another area changes."""

OTHERS = [mutant for mutant in MUTANTS if not killer(mutant).startswith(SLOW)]
QUICK = [name for name in CHECKS if not name.startswith(SLOW)]


@pytest.fixture(scope="module")
def judge(own_server, tmp_path_factory):
    return judge_of(own_server, tmp_path_factory.mktemp("apart"))


@pytest.fixture(scope="module")
def sound(judge):
    return judge(None, QUICK)


OF_A_FILE = ("MIG003", "MIG009")
"""A defect is written as a file that runs once, on tables that nobody uses: it may add twice, and lock."""


def beside_its_file(records, sound):
    """Return what was told, without what a mutant's own file is told of how it is applied."""
    files = {name: {f.subject for f in sound[name].findings} for name in OF_A_FILE}
    found = {
        name: [one for one in told_of if name not in files or one[0] in files[name]]
        for name, told_of in told(records).items()
    }
    return {name: told_of for name, told_of in found.items() if told_of}


@pytest.mark.parametrize("mutant", OTHERS, ids=lambda path: path.stem)
def test_no_check_of_another_area_fails(judge, sound, mutant):
    name = killer(mutant)
    area = name.rstrip("0123456789")
    found = beside_its_file(judge(mutant, QUICK), sound)
    # A hole that the catalog points at is one that attacks may go through, and an open log is open to all attacks.
    shared = area == "SCH" or "-- also seen by: ISO" in mutant.read_text()
    allied = (area, "SCH", "ISO") if shared else (area, "SCH")
    assert not {other: told_of for other, told_of in found.items() if not other.startswith(allied)}


@pytest.mark.parametrize(
    "mutant", [m for m in MUTANTS if killer(m).startswith("WAL")], ids=lambda path: path.stem
)
def test_a_wrong_wallet_leaves_other_areas_silent(judge, sound, mutant):
    assert not beside_its_file(judge(mutant, [n for n in QUICK if not n.startswith("SCH")]), sound)


@pytest.mark.parametrize(
    "mutant", [m for m in OTHERS if killer(m).startswith("SCH")], ids=lambda path: path.stem
)
def test_the_named_lint_kills_the_mutant(judge, sound, mutant):
    name = killer(mutant)
    found = failures(judge(mutant, [name])[name])
    assert found.keys() - failures(sound[name]).keys()
