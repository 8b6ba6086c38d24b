"""What the README shows is run."""

import os
import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
SHOP = "create table public.invoices (id int primary key, total numeric not null);"


@pytest.fixture
def shop(pytester, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
    (pytester.path / "db").mkdir()
    (pytester.path / "db" / "1.sql").write_text(SHOP)
    (pytester.path / "readiness.toml").write_text('migrations = ["db"]\nseed = ["seed.sql"]\n')
    (pytester.path / "seed.sql").write_text("select 1;")
    (pytester.path / "readiness").mkdir()
    code = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL).group(1)
    (pytester.path / "readiness" / "invoices.py").write_text(code)
    return pytester


@pytest.mark.parametrize(
    ("total", "code"),
    [(1, pytest.ExitCode.OK), (-1, pytest.ExitCode.TESTS_FAILED)],
    ids=["sound", "negative"],
)
def test_the_example_of_an_own_check_judges(shop, total, code):
    (shop.path / "seed.sql").write_text(f"insert into public.invoices values (7, {total});")
    result = shop.runpytest_subprocess("-p", "no:randomly", "--readiness", "--readiness-select=SHOP*")
    assert result.ret == code
    result.stdout.fnmatch_lines(["*SHOP001 No invoice is negative (high)*"])


def test_every_key_of_the_settings_is_named():
    from dataclasses import fields

    from pytest_readiness.settings import Settings

    text = README.read_text()
    keys = [f.name for f in fields(Settings) if not f.metadata.get("found")]
    assert [key for key in keys if key not in text and key != "name"] == []
