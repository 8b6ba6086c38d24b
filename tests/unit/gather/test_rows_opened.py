"""What values open is looked at once for the same values, and not where the rows were seen before."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.gather.synthesis.rows_opened import Opened
from relations import catalog, column, relation

TABLES = [
    replace(
        relation(f"public.t{number}", column("id")), privileges={"authenticated": Privileges(select=("id",))}
    )
    for number in range(4)
]
SEEN_AT_FIRST, SEEN_BY_A_RANK = "public.t0", "public.t2 "


@dataclass
class Rows:
    """Shows one table to all, and another to whoever was given a rank."""

    count: int = 0

    def run(self, looks):
        for look in looks:
            self.count += 1
            shown = SEEN_AT_FIRST in look.steps[0] or (
                SEEN_BY_A_RANK in look.steps[0] and "rank" in look.before
            )
            yield look, SimpleNamespace(rows=("1",) * shown)


def opened():
    return Opened(
        SimpleNamespace(
            catalog=catalog(*TABLES),
            population=SimpleNamespace(row=lambda *_: SimpleNamespace(where="id = 1")),
            cast=SimpleNamespace(user=lambda _: SimpleNamespace(role="authenticated")),
            runner=Rows(),
        )
    )


def test_a_rank_shows_more_and_another_word_does_not():
    assert opened().more((), ("rank",))
    assert not opened().more((), ("word",))
    assert not opened().more(("rank",), ("rank", "word"))


def test_nothing_is_looked_at_after_the_first_row_that_is_new():
    one = opened()
    one.more((), ("rank",))
    assert one.field.runner.count == len(TABLES) + 2


def test_the_same_values_are_looked_at_once():
    one = opened()
    assert not one.more((), ("word",))
    before = one.field.runner.count
    assert not one.more((), ("word",))
    assert one.field.runner.count == before
    assert not one.more((), ("other",))
    assert one.field.runner.count == before + len(TABLES) - 1
