"""Among thousands of rows those are kept that have somebody's text or key, whatever its type."""

import re

import pytest

from pytest_readiness.evidence.people import ALICE, EVERYBODY
from pytest_readiness.gather.attacks.attempts import MARKS
from pytest_readiness.gather.synthesis.values import canary


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda one: one.name)
def test_a_row_that_names_somebody_is_kept(person):
    tenants = (key for one in person.tenants for key in (one.uuid, one.number))
    assert all(re.search(MARKS, f'{{"of": {key}}}') for key in (person.uuid, person.number, *tenants))


def test_a_row_with_a_text_of_somebodys_is_kept_and_a_row_of_nobodys_is_not():
    assert re.search(MARKS, canary(0, "notes", ALICE.name))
    assert not re.search(MARKS, '{"id": 2481, "of": null, "remark": "general rate 17"}')
