"""Whose a row is may stand inside a document, and a reference that is the caller names an account of his own."""

import pytest

from pytest_readiness.evidence.ownership import DocumentKey, Who
from pytest_readiness.judges.owners.document_keys import document_keys, is_caller
from pytest_readiness.judges.owners.identities import Caller
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

USERS = "auth.users"
CALLER = Caller(
    {"me": Who.USER, "my_desk": Who.USER, "my_team": Who.TENANT},
    {"app.shop": "tenant"},
    frozenset({"my_desk", "my_team"}),
)
ME = "( SELECT auth.uid() AS uid)"


def pieces(*using):
    return relation("public.pieces", column("id"), column("meta", "jsonb"), using=using)


@pytest.mark.parametrize(
    ("said", "key"),
    [
        (f"(((meta ->> 'account_id'::text))::uuid = {ME})", ("account_id", Who.USER, "uuid", True)),
        (f"({ME} = ((meta ->> 'made'::text))::uuid)", ("made", Who.USER, "uuid", True)),
        ("((meta ->> 'team_id'::text))::bigint = ANY (mine())", ("team_id", Who.TENANT, "bigint", False)),
        ("((meta ->> 'team_id'::text) = ANY (mine()))", ("team_id", Who.TENANT, "text", False)),
        ("((meta ->> 'user_id'::text) = (auth.uid())::text)", ("user_id", Who.USER, "uuid", True)),
        ("((meta ->> 'made'::text) = (app.me())::text)", ("made", Who.USER, "uuid", True)),
        ("((meta ->> 'at'::text) = ( SELECT my_team() AS my_team))", ("at", Who.TENANT, "text", True)),
        ("((meta ->> 'user_id'::text) = (my_desk())::text)", ("user_id", Who.USER, "uuid", False)),
        (
            "(((meta ->> 'at'::text))::bigint = (current_setting('app.shop'::text, true))::bigint)",
            ("at", Who.TENANT, "bigint", True),
        ),
    ],
)
def test_a_key_in_a_document_has_the_type_that_policies_read_it_as(said, key):
    assert list(document_keys(pieces(said), CALLER, "text")) == [DocumentKey("meta", *key)]


def test_words_of_a_document_that_name_nobody_are_no_keys():
    assert not list(document_keys(pieces("((meta ->> 'colour'::text) = 'red'::text)"), CALLER, "text"))


def test_what_is_looked_up_for_a_user_may_be_the_key_of_what_is_his():
    assert not list(document_keys(pieces("((meta ->> 'desk'::text) = (my_desk())::text)"), CALLER, "text"))


@pytest.mark.parametrize(
    "caller",
    [
        "((auth.jwt() -> 'app_metadata'::text) ->> 'role'::text)",
        "(auth.jwt() ->> 'aal'::text)",
        "((current_setting('request.headers'::text, true))::json ->> 'x-token'::text)",
    ],
)
def test_what_a_caller_may_or_brings_along_names_no_owner(caller):
    assert not list(document_keys(pieces(f"((meta ->> 'role'::text) = {caller})"), CALLER, "text"))


def test_what_one_policy_compares_with_the_caller_is_his_whatever_another_calls_it():
    said = ("((meta ->> 'account_id'::text) = ANY (mine()))", f"((meta ->> 'account_id'::text))::uuid = {ME}")
    (key,) = document_keys(pieces(*said), CALLER, "text")
    assert (key.who, key.compared) == (Who.USER, True)


def notes(*using):
    return relation(
        "public.notes",
        column("id"),
        column("account_id"),
        references={"account_id": "public.accounts"},
        using=using,
    )


@pytest.mark.parametrize(
    ("using", "is_his"),
    [
        ((f"(account_id = {ME})",), True),
        ((f"(account_id = {ME})", "(has_role(account_id))"), False),
        (("(account_id IN ( SELECT mine()))",), False),
        ((), False),
    ],
)
def test_a_reference_that_is_only_ever_the_caller_names_him(using, is_his):
    relation = notes(*using)
    assert is_caller(relation, relation.column("account_id")) is is_his


def test_rows_of_an_account_of_ones_own_are_the_users():
    accounts = relation("public.accounts", column("id"), column("title", "text"))
    owned = infer(catalog(accounts, notes(f"(account_id = {ME})")), Isolation(), USERS).owned
    assert owned["public.notes"].users == ("account_id",)
