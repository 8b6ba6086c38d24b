"""What a text begins with is read off the ways in which SQL takes it apart."""

import pytest

from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.owners.callers import hints_of
from pytest_readiness.judges.owners.folders import begun, leading
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

UID = "( SELECT auth.uid() AS uid)"


@pytest.mark.parametrize(
    ("sql", "whole", "marks"),
    [
        ("((storage.foldername(name))[1] IN (SELECT 1))", "(name IN (SELECT 1))", {"name": "/"}),
        ("((p.id)::text = (foldername(p.name))[1])", "((p.id)::text = p.name)", {"p.name": "/"}),
        ("(split_part(code, ':'::text, 1) = (t.nr)::text)", "(code = (t.nr)::text)", {"code": ":"}),
        ("(split_part((code)::text, '#'::text, 1) = x)", "(code = x)", {"code": "#"}),
        ("(b.id = (string_to_array(s.place, '/'::text))[1])", "(b.id = s.place)", {"s.place": "/"}),
        # What comes later names nothing by itself, and mail has its own meaning.
        ("(split_part(code, ':'::text, 2) = x)", "(split_part(code, ':'::text, 2) = x)", {}),
        ("(d = split_part(mail, '@'::text, 1))", "(d = split_part(mail, '@'::text, 1))", {}),
        ("((storage.foldername(name))[2] = x)", "((storage.foldername(name))[2] = x)", {}),
    ],
)
def test_the_first_part_of_a_text_stands_for_it(sql, whole, marks):
    assert begun(sql) == (whole, marks)


@pytest.mark.parametrize(
    ("text", "key"), [("a/b/c", "a"), ("/a/b", "a"), ("7:ring", "7"), ("7ed0-48|x", "7ed0-48"), (7, "7")]
)
def test_the_leading_part_is_the_key(text, key):
    assert leading(text) == key


def test_a_path_names_the_tenant_whose_key_it_begins_with():
    orgs = relation("public.orgs", column("id"))
    seats = relation(
        "public.seats",
        column("org"),
        column("holder"),
        references={"org": "public.orgs"},
        using=(f"(holder = {UID})",),
        key=("org", "holder"),
    )
    asked = f"(EXISTS ( SELECT 1 FROM seats s WHERE ((s.holder = {UID}) AND ((s.org)::text = split_part(sheets.place, '/'::text, 1)))))"
    sheets = relation("public.sheets", column("id"), column("place", "text"), using=(asked,))
    known = catalog(orgs, seats, sheets)
    assert hints_of(known).callers["public.seats", "holder"] is Who.USER
    owned = infer(known, Isolation(), "").owned["public.sheets"]
    assert (owned.tenants, owned.paths) == (("place",), (("place", "/", "uuid"),))


CLAIM = "((auth.jwt() -> 'app_metadata'::text) ->> 'company'::text)"


@pytest.mark.parametrize(
    ("sql", "whole", "marks"),
    [
        (f"starts_with(path, {CLAIM})", f"path = ({CLAIM})", {"path": "/"}),
        (
            f"starts_with(f.code, ({CLAIM} || ':'::text))",
            f"f.code = (({CLAIM} || ':'::text))",
            {"f.code": ":"},
        ),
        (f"(path ^@ {CLAIM})", f"(path = {CLAIM})", {"path": "/"}),
        (f"(path ~~ ({CLAIM} || '%'::text))", f"(path ~~ ({CLAIM} || '%'::text))", {"path": "/"}),
        ('("left"(path, length(f())) = f())', "(path = f())", {"path": "/"}),
        ("(SUBSTRING(path FROM 1 FOR length(f())) = f())", "(path = f())", {"path": "/"}),
        ("(strpos(path, f()) = 1)", "(path = (f()))", {"path": "/"}),
        ("(POSITION((f()) IN (path)) = 1)", "(path = ((f())))", {"path": "/"}),
        ("(POSITION(((f() || ':'::text)) IN (n)) = 1)", "(n = (((f() || ':'::text))))", {"n": ":"}),
        ("(path ~ ('^'::text || f()))", "(path = (f()))", {"path": "/"}),
        ("(strpos(path, f()) > 0)", "(strpos(path, f()) > 0)", {}),
        # What is no path may have nothing that ends its beginning.
        ("starts_with(ref, f())", "ref = (f())", {}),
        # What is looked for anywhere, and constants, are no beginnings.
        ("(title ~~ (('%'::text || q) || '%'::text))", "(title ~~ (('%'::text || q) || '%'::text))", {}),
        ("(starts_with(path, 'public/'::text))", "(path = ('public/'::text))", {"path": "/"}),
        ('("left"(path, 3) = f())', '("left"(path, 3) = f())', {}),
    ],
)
def test_a_text_is_compared_from_its_beginning_on(sql, whole, marks):
    assert begun(plain(sql)) == (plain(whole), marks)


@pytest.mark.parametrize(
    ("asked", "owners", "paths"),
    [
        (f"starts_with(path, {CLAIM})", ("path",), (("path", "/", "text"),)),
        (f"(split_part(path, '/'::text, 1) = {CLAIM})", ("path",), (("path", "/", "text"),)),
        (f"(path ~~ ({CLAIM} || ':%'::text))", ("path",), (("path", ":", "text"),)),
        (f"(split_part(path, '/'::text, 1) = ({UID})::text)", ("path",), (("path", "/", "text"),)),
        ("starts_with(path, 'public/'::text)", (), ()),
    ],
)
def test_a_path_names_whom_the_caller_says_it_begins_with(asked, owners, paths):
    files = relation("public.files", column("id", "integer"), column("path", "text"), using=(asked,))
    found = infer(catalog(files), Isolation(), "auth.users").owned.get(files.name)
    assert (found.columns, found.paths) == (owners, paths) if found else (owners, paths) == ((), ())


def test_what_is_compared_with_a_claim_in_an_unknown_way_is_not_nobodys():
    asked = (f"(regexp_match(path, {CLAIM}) IS NOT NULL)",)
    files = relation("public.files", column("id", "integer"), column("path", "text"), using=asked)
    found = infer(catalog(files), Isolation(), "auth.users")
    assert files.name not in {*found.owned, *found.nobodys}
