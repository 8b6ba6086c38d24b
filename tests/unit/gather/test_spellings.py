"""Other spellings of a credential that are the same one."""

from pytest_readiness.gather.endpoints.disguises import respelled


def test_a_scheme_is_read_in_any_letters_and_spaces():
    spelled = {other for _, other in respelled("Bearer Key-One")}
    assert {"bearer Key-One", "BEARER Key-One", "Bearer   Key-One"} <= spelled
    assert {other.split()[1] for other in spelled} == {"Key-One"}


def test_what_has_no_scheme_is_left_as_it_is_but_for_spaces_around_it():
    assert {other.strip() for _, other in respelled("Key-One")} == {"Key-One"}
