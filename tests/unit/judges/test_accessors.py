"""What a function reads of a request by the name that it is given is read by whoever calls it so."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Argument, Function
from pytest_readiness.judges.sql.accessors import inlined
from pytest_readiness.judges.sql.requests import claims_in, settings_in
from relations import catalog, relation

CLAIM = "select auth.jwt() -> 'app_metadata' ->> name"
CALL = "tenant_id = (public.claim('tenant_id'::text))::uuid"


@pytest.mark.parametrize(
    "body",
    [
        CLAIM,
        f"{CLAIM};",
        "begin return auth.jwt() -> 'app_metadata' ->> name; end",
        "select coalesce(nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> $1, '')",
        "select auth.jwt() -> 'app_metadata' ->> claim.name -- of the token",
    ],
)
def test_a_claim_is_found_behind_the_function_that_reads_it(body):
    found = inlined(_catalog(body))
    (text,) = [one.using for one in found.relations[0].policies]
    assert [claim.name for claim in claims_in([text])] == ["tenant_id"]


def test_a_setting_is_named_in_whole():
    found = inlined(_catalog("select nullif(current_setting('app.' || name, true), '')"))
    assert settings_in(one.using for one in found.relations[0].policies) == ("app.tenant_id",)


@pytest.mark.parametrize(
    "body",
    [
        "begin return current_setting('app.' || name, true)::uuid; exception when others then return null; end",
        "declare v text := current_setting('app.' || name, true); begin if v = '' then return null; end if; return v; end",
    ],
)
def test_so_is_what_code_does_more_with(body):
    found = inlined(_catalog(body))
    assert settings_in(one.using for one in found.relations[0].policies) == ("app.tenant_id",)


@pytest.mark.parametrize("given", ["key", "'app.' || key"])
def test_what_one_passes_on_to_another_is_named_too(given):
    first = _catalog(
        "select current_setting(name, true)" if "app" in given else "select current_setting('app.' || name)"
    )
    argument = Argument("key", "text", "text", "b")
    second = replace(
        first.functions[0],
        name="public.key_of",
        arguments=(argument,),
        body=f"select nullif(public.claim({given}), '')",
    )
    called = relation("public.notes", using=["tenant_id = public.key_of('tenant_id')"])
    found = inlined(replace(first, relations=(called,), functions=(*first.functions, second)))
    assert settings_in(one.using for one in found.relations[0].policies) == ("app.tenant_id",)


@pytest.mark.parametrize(
    "body",
    [
        "begin perform set_config('app.seen', 'x', true); return current_setting(name, true); end",
        "declare v text := current_setting(name); begin return (select id from people where login = v); end",
        "select label from public.words where key = name",  # it looks in a table, and reads no request
        "select upper(name)",
        "begin perform 1; return auth.jwt() ->> name; end",  # it does something else as well
    ],
)
def test_other_functions_stay_calls(body):
    given = _catalog(body)
    assert inlined(given) == given


def test_of_two_functions_of_one_name_each_is_written_out_where_it_is_named_with_its_schema():
    given = _catalog(CLAIM)
    other = replace(
        given.functions[0], name="private.claim", body="select current_setting('private.' || name)"
    )
    found = inlined(replace(given, functions=(*given.functions, other)))
    (text,) = [one.using for one in found.relations[0].policies]
    assert "app_metadata" in text
    assert "private." not in text


def test_what_an_expression_comes_to_keeps_its_type_and_the_catalog_its_own_words():
    given = _catalog(CLAIM)
    found = inlined(given)
    assert "::text" in found.relations[0].policies[0].using
    assert found.as_read is given
    assert given.as_read is given


def test_a_body_of_blanks_takes_no_time():
    long = "select" + " \n" * 20_000 + "1"
    assert inlined(_catalog(long)).read is None


def test_a_word_in_quotes_that_is_called_like_the_argument_stays():
    (text,) = [
        p.using for p in inlined(_catalog("select auth.jwt() -> 'name' ->> name")).relations[0].policies
    ]
    assert "-> 'name' ->> 'tenant_id'" in text


def _catalog(body):
    claim = Function(
        schema="public",
        name="public.claim",
        signature="public.claim(name text)",
        kind="function",
        returns="text",
        definer=False,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body=body,
        defaults=0,
        arguments=(Argument("name", "text", "text", "b"),),
        callers=(),
    )
    return replace(catalog(relation("public.notes", using=[CALL])), functions=(claim,))
