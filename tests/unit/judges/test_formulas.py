"""A digest is computed by whoever counts, where nothing in it is drawn by chance or kept secret."""

import pytest

from pytest_readiness.judges.sql.formulas import formulas, words_of_names

WORDS = words_of_names(["public.shares", "open_share", "p_document"])


def found(body, own=()):
    """Return the expressions that are read off a body."""
    return {one.sql for one in formulas(body, WORDS, own)}


def test_the_whole_expression_around_a_digest_is_read_too():
    body = "begin token := 'sh_' || upper(left(md5('share-' || p_document), 9)); return token; end"
    inner, whole = (
        "left(md5('share-' || p_document), 9)",
        "'sh_' || upper(left(md5('share-' || p_document), 9))",
    )
    assert {"md5('share-' || p_document)", inner, f"upper({inner})", whole} == found(body)


def test_a_variable_stands_for_what_it_is_set_to_once():
    begins = "declare begins text := 'share;' || p_document; begin token := md5(begins || '-'); "
    assert found(begins) == {"md5(('share;' || p_document) || '-')"}
    (one,) = formulas(f"{begins} begins := 'open'; end", WORDS)
    assert one.names == ("begins",)


def test_names_are_told_from_texts_calls_and_types():
    (one,) = formulas(
        "md5('p_document' || p_document::text || new.id || to_char(current_date, 'YYYY'))", {"document"}
    )
    assert one.names == ("p_document", "new.id")
    filled = one.filled({"p_document": "7", "new.id": "8"})
    assert filled == "md5('p_document' || 7::text || 8 || to_char(current_date, 'YYYY'))"


@pytest.mark.parametrize(
    "drawn",
    [
        "md5(random()::text)",
        "md5(gen_random_uuid()::text || p_document)",
        "md5('rosebud' || p_document)",
        "md5(private.pepper() || p_document)",
        "md5(pepper() || p_document)",
        "md5(current_setting('app.pepper') || p_document)",
        "md5((select s.salt from private.salts s) || p_document)",
        "encode(hmac(p_document::text, 'share', 'sha256'), 'hex')",
    ],
)
def test_chance_and_secrets_make_no_formula(drawn):
    assert not found(f"begin return {drawn}; end", {"pepper"})


def test_formats_encodings_and_short_texts_are_no_secrets():
    body = "encode(sha256(('v1/share/' || to_char(now(), 'IYYY-MM-DD'))::bytea), 'base64')"
    assert body in found(body)
