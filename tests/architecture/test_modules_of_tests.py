"""Folders of tests are no packages: modules of one name cannot be collected together, nor find each other elsewhere."""

import re
from collections import Counter
from pathlib import Path

IMPORTED = re.compile(r"^(?:from|import) (test_\w+)", re.MULTILINE)
MODULES = list(Path(__file__).parents[1].rglob("test_*.py"))


def test_every_module_has_a_name_of_its_own():
    names = Counter(path.name for path in MODULES)
    assert len(names) > 50
    assert not [name for name, count in names.items() if count > 1]


def test_no_module_builds_on_another():
    assert re.findall(IMPORTED, "from test_a import b\n\nimport test_c\n") == ["test_a", "test_c"]
    assert not [path.name for path in MODULES if re.search(IMPORTED, path.read_text("utf-8"))]
