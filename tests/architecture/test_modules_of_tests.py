"""Folders of tests are no packages, so that two modules of one name cannot be collected together."""

from collections import Counter
from pathlib import Path


def test_every_module_has_a_name_of_its_own():
    names = Counter(path.name for path in Path(__file__).parents[1].rglob("test_*.py"))
    assert len(names) > 50
    assert not [name for name, count in names.items() if count > 1]
