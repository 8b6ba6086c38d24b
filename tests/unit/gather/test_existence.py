"""What is asked of nobody counts for nothing."""

from types import SimpleNamespace

import pytest

from pytest_readiness.evidence.catalog import Argument, Function
from pytest_readiness.gather.attacks.inferring.existence import Existence
from relations import column, relation

FUNCTION = Function(
    *("public", "public.taken", "public.taken(text)", "function", "boolean", True, "boss", "stable", "sql"),
    *(
        (),
        "select exists (select from docs where code = $1)",
        0,
        (Argument("code", "text", "text", "b"),),
        (),
    ),
)


class Asking(Existence):
    """Knows of one column."""

    def _columns(self, _function, _argument):
        yield relation("public.docs", column("code")), SimpleNamespace(texts={"code": "x"}), column("code")


def test_a_column_for_which_there_is_no_other_value_is_not_tried():
    field = SimpleNamespace(cast=SimpleNamespace(user=lambda person: person))
    asking = Asking(field, SimpleNamespace(fresh=lambda *_: None))
    with pytest.raises(StopIteration) as done:
        next(asking.of(FUNCTION, ("'x'::text",)))
    assert done.value.value == []
