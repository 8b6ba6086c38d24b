"""HEA004 on probes made by hand."""

from readiness_checks.health.answers_tell_no_secrets import answers_tell_no_secrets as check


def test_a_plain_answer(verdict, probe):
    assert verdict(check, probe()) == "passed"


def test_an_address(verdict, probe):
    assert verdict(check, probe(leaks=("postgresql://",))) == "failed"


def test_an_answer_that_may_be_stored(verdict, probe):
    assert verdict(check, probe(cacheable="max-age=60")) == "failed"


def test_no_answer_stores_nothing(verdict, probe):
    assert verdict(check, probe(), probe(0, cacheable="no Cache-Control")) == "passed"


def test_where_nothing_was_answered_nothing_is_known(verdict, probe):
    assert verdict(check, probe(0, cacheable="no Cache-Control")) == "unknown"
