"""MIG014 on remarks made by hand."""

from pytest_readiness.evidence.review import Remark, ReviewEvidence
from readiness_checks.migrations.readers_find_nothing import readers_find_nothing


def remark(line, rule="ban-drop-column"):
    return Remark("m/1.sql", line, rule, "Dropping a column may break existing clients.", "Wait.")


def test_remarks_of_a_rule_are_one_finding():
    found = list(
        readers_find_nothing(ReviewEvidence("squawk", ("m/1.sql",), tuple(map(remark, range(1, 6)))))
    )
    assert [(f.subject, f.status.value) for f in found] == [("ban-drop-column", "failed")]
    assert "m/1.sql, line 1, m/1.sql, line 2, m/1.sql, line 3, and 2 more" in found[0].detail
    assert found[0].fix == "Wait."


def test_each_rule_has_its_own():
    review = ReviewEvidence("squawk", ("m/1.sql",), (remark(1), remark(2, "renaming-table")))
    assert [f.subject for f in readers_find_nothing(review)] == ["ban-drop-column", "renaming-table"]


def test_silence_says_how_much_was_read():
    (found,) = readers_find_nothing(ReviewEvidence("squawk 2.70.0", ("m/1.sql", "m/2.sql")))
    assert (found.status.value, found.detail) == ("passed", "squawk 2.70.0 read 2 files")
