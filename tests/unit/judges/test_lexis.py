"""Names and strings are told apart, whatever names are made of."""

from hypothesis import example, given
from hypothesis import strategies as st

from pytest_readiness.judges.sql.lexis import last_name, name_of, names, plain, strings, word
from pytest_readiness.target.quoting import identifier, literal

NAMES = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=20
)


@example("quoted_0x")
@given(NAMES)
def test_a_name_is_found_again_in_the_word_that_it_becomes(name):
    assert name_of(word(name)) == name
    assert plain(identifier(name)) == word(name)
    assert name in names(f"select {identifier(name)} from x")


@given(NAMES, NAMES)
def test_a_name_hides_no_string_and_no_other_name(name, text):
    sql = f"{identifier(name)} = {literal(text.replace(chr(92), ''))} and {identifier(text)} is null"
    assert strings(sql) == [text.replace("\\", "")]
    assert {name, text} <= names(sql)


@given(NAMES, NAMES)
def test_the_last_part_of_a_qualified_name(schema, name):
    assert last_name(f"{identifier(schema)}.{identifier(name)}") == name


def test_comments_say_nothing():
    assert plain('a -- don\'t\n= /* "b" */ c').split() == ["a", "=", "c"]
    assert strings("'a -- b' /* ' */ 'c'") == ["a -- b", "c"]


def test_names_without_quotes_are_lower_case():
    assert {"select", "a", "public", "notes"} <= names("SELECT A FROM public.Notes")
