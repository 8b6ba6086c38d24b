"""The catalogue is the denominator: it is known without running anything, and nothing slips out of it."""

from dataclasses import replace

import pytest

from pytest_readiness.catalogue import CatalogueError, Kind, read_catalogue
from pytest_readiness.settings import Settings
from pytest_readiness.vocabulary import Severity

OWN = """
raise SystemExit("importing a check's file is not how the catalogue is read")
from pytest_readiness import check, Severity, passed

@check(id="{id}", title="Refunds are paid", severity=Severity.HIGH)
def refunds_are_paid(evidence: int):
    yield passed("x")
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "readiness").mkdir()
    return replace(Settings(), root=tmp_path)


def own(project, **files):
    for name, text in files.items():
        path = project.root / "readiness" / name.replace("__", ".")
        path.write_text(text)
    return {c.spec.id: c for c in read_catalogue(project).checks if c.area == "project"}


def test_built_in_checks_are_found_with_all_their_metadata():
    checks = read_catalogue(Settings()).checks
    assert {"ISO001", "AUD001", "MIG001"} <= {c.spec.id for c in checks}
    for declared in checks:
        assert declared.spec.rationale
        assert declared.spec.remediation
        assert declared.path.stem == declared.function
        assert declared.path.parent.name == declared.area


def test_a_function_is_found_without_importing_its_file(project):
    found = own(project, refunds__py=OWN.format(id="PAY001"))
    assert found["PAY001"].spec.severity is Severity.HIGH
    assert found["PAY001"].kind is Kind.FUNCTION


def test_a_query_is_found_by_its_header(project):
    sql = "-- id: PAY002\n-- title: No payment is negative\n-- severity: low\nselect 1"
    assert own(project, negative__sql=sql)["PAY002"].kind is Kind.QUERY


def test_a_marked_test_is_found(project):
    text = "import pytest\n@pytest.mark.readiness(id='PAY003', title='t', severity='blocker')\ndef test_x(): ...\n"
    assert own(project, test_x__py=text)["PAY003"].kind is Kind.MARKED


def test_a_marked_test_elsewhere_counts_when_settings_name_it(project):
    text = (
        "import pytest\n@pytest.mark.readiness(id='PAY004', title='t', severity='low')\ndef test_x(): ...\n"
    )
    (project.root / "test_deep.py").write_text(text)
    named = replace(project, marked=("PAY004", "PAY005"))
    found = {c.spec.id: c for c in read_catalogue(named).checks}
    assert found["PAY004"].path.name == "test_deep.py"
    assert found["PAY005"].path is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN.format(id="ISO001"), "two checks have the id ISO001"),
        (OWN.replace('"{id}"', "NAME"), "id must be a literal"),
        (OWN.replace("Severity.HIGH", "'terrible'"), "expected one of blocker, high"),
        (OWN.replace('title="Refunds are paid", ', "").format(id="PAY001"), "needs title"),
        (OWN.replace("evidence: int", "evidence").format(id="PAY001"), "'evidence' has no annotation"),
        ("def broken(:\n", "not valid Python"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_the_place(project, text, said):
    with pytest.raises(CatalogueError, match=said) as raised:
        own(project, refunds__py=text)
    assert "refunds.py:" in str(raised.value)


CALL = 'id="PAY001", title="t", severity="low"'
STRAYS = {
    "an alias": "from pytest_readiness import check as sure\n@sure({})\ndef f(e: int): ...\n",
    "inside if": "from pytest_readiness import check\nif True:\n    @check({})\n    def f(e: int): ...\n",
    "inside a class": "import pytest_readiness as r\nclass A:\n    @r.check({})\n    def f(e: int): ...\n",
    "inside a function": "from ours import check\ndef g():\n    @check({})\n    def f(e: int): ...\n",
    "another name": "from pytest_readiness import check\nsure = check\n@sure({})\ndef f(e: int): ...\n",
    "kept for later": "from pytest_readiness import check\nsure = check({})\n@sure\ndef f(e: int): ...\n",
    "a module's": "import pytest_readiness as r\nsure = r.check\n@sure({})\ndef f(e: int): ...\n",
}


@pytest.mark.parametrize("text", STRAYS.values(), ids=STRAYS)
def test_a_check_that_reading_would_miss_is_refused(project, text):
    with pytest.raises(CatalogueError, match=r"refunds\.py:\d+: a check would be left out of the score"):
        own(project, refunds__py=text.replace("{}", CALL))


@pytest.mark.parametrize(
    "text",
    [
        "import pytest_readiness\n@pytest_readiness.check({})\ndef f(e: int): ...\n",
        "from pytest_readiness.vocabulary import check\n@check({})\nasync def f(e: int): ...\n",
        "from pytest_readiness import *\n@check({})\ndef f(e: int):\n    check = 1\n",
        "from flags import check as sure\n@sure\ndef g(): ...\n@check({})\ndef f(e: int): ...\n",
    ],
)
def test_a_check_at_the_left_margin_is_found_however_it_came(project, text):
    assert "PAY001" in own(project, refunds__py=text.replace("{}", CALL))


def test_a_named_folder_that_is_missing_is_an_error(project):
    with pytest.raises(CatalogueError, match="no such folder"):
        read_catalogue(replace(project, checks=("checks",)))
