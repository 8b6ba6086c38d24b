"""A mutant that is not about isolation is killed by checks of its own area alone."""

import pytest

from mutants import CHECKS, MUTANTS, judge_of, killer, told

OTHERS = [mutant for mutant in MUTANTS if not killer(mutant).startswith("ISO")]


@pytest.fixture(scope="module")
def judge(own_server, tmp_path_factory):
    return judge_of(own_server, tmp_path_factory.mktemp("apart"))


@pytest.mark.parametrize("mutant", OTHERS, ids=lambda path: path.stem)
def test_no_check_of_another_area_fails(judge, mutant):
    name = killer(mutant)
    area = name.rstrip("0123456789")
    found = {other: told_of for other, told_of in told(judge(mutant, CHECKS)).items() if told_of}
    assert name in found or not told({name: judge(None, [name])[name]})
    strangers = {other: told_of for other, told_of in found.items() if not other.startswith((area, "SCH"))}
    assert not strangers
