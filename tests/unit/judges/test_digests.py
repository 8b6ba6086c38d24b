"""What a column holds is told where code compares it with the digest of a setting."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.owners.digests import digests
from pytest_readiness.judges.sql.texts import texts_of
from relations import catalog, column, relation

KEYS = relation("public.keys", column("hash", "bytea"), column("owner_id"), key=("hash",))
SETTING = "current_setting('app.key', true)"


def told(condition):
    """Return what the columns of a table of keys hold, as a function compares one."""
    function = Function(
        schema="public",
        name="public.me",
        signature="public.me()",
        kind="function",
        returns="uuid",
        definer=True,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body=f"select k.owner_id from public.keys k where {condition} and k.hash is not null",
        defaults=0,
        arguments=(),
        callers=(),
    )
    known = replace(catalog(KEYS), functions=(function,))
    return digests(known, texts_of(known))


@pytest.mark.parametrize(
    ("condition", "expression"),
    [
        (f"k.hash = sha256(convert_to({SETTING}, 'UTF8'))", f"sha256(convert_to({SETTING}, 'UTF8'))"),
        (f"encode(sha256({SETTING}::bytea), 'hex') = k.hash", f"encode(sha256({SETTING}::bytea), 'hex')"),
        (f"(hash = (md5({SETTING})))", f"md5({SETTING})"),
    ],
)
def test_a_digest_of_a_setting_is_what_the_column_holds(condition, expression):
    assert told(condition) == {("public.keys", "hash"): expression}


@pytest.mark.parametrize(
    "condition",
    [
        "k.hash = sha256('x')",
        f"k.hash = encode({SETTING}, 'hex')",
        f"k.hash = {SETTING}",
        f"md5({SETTING}) = 'x'",
    ],
)
def test_anything_else_says_nothing_of_it(condition):
    assert told(condition) == {}
