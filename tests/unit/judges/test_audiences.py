"""Lists in a row that say for whom it is, and those that say what is needed."""

import pytest

from pytest_readiness.judges.purpose.audiences import names_audience


@pytest.mark.parametrize(
    "name", ["shared_groups", "visible_to", "allowedRoles", "reader_ids", "sichtbar_fuer"]
)
def test_a_list_may_say_who_sees_a_row(name):
    assert names_audience(name)


@pytest.mark.parametrize(
    "name", ["required_groups", "tags", "access_requirements", "blocked_readers", "groups"]
)
def test_a_list_may_say_something_else(name):
    assert not names_audience(name)
