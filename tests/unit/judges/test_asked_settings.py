"""Names of settings that are put together."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.sql.asked_settings import compared_settings, settings_asked, words_asked
from relations import catalog

HELPER = Function(
    *("public", "public.ctx", "public.ctx(p_key text)", "function", "text", False, "keeper", "stable"),
    *("sql", (), "", 0, (), ()),
)

TRIGGER = "begin insert into log values (ctx('user_id'), ctx(p_key => 'trace_id')); return null; end"


def asked(helper, trigger):
    known = replace(catalog(), functions=(replace(HELPER, body=helper),))
    return settings_asked(known, [trigger, helper])


@pytest.mark.parametrize(
    ("helper", "names"),
    [
        ("select nullif(current_setting('app.' || p_key, true), '')", {"app.user_id", "app.trace_id"}),
        ("select current_setting(concat('app.', p_key), true)", {"app.user_id", "app.trace_id"}),
        ("select current_setting(format('app.%s', p_key), true)", {"app.user_id", "app.trace_id"}),
        ("select current_setting(('my.app_' || lower(p_key))::text)", {"my.app_user_id", "my.app_trace_id"}),
        ("select current_setting('app.' || p_key || '_x', true)", {"app.user_id_x", "app.trace_id_x"}),
        ("select current_setting('app.tenant', true)", {"app.tenant"}),
        ("select current_setting(p_key, true)", set()),
    ],
)
def test_a_part_of_a_name_is_what_calls_give(helper, names):
    assert asked(helper, TRIGGER) == names


def test_whole_names_may_be_given_too():
    assert asked("select current_setting(p_key, true)", "begin perform ctx('app.user_id'); end") == {
        "app.user_id"
    }


def test_where_no_call_gives_one_strings_beside_it_may_be_parts():
    body = "begin foreach k in array array['actor', 'ip'] loop v := current_setting('req.' || k, true); end loop; end"
    assert settings_asked(catalog(), [body]) == {"req.actor", "req.ip"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("current_setting('app.bypass', true) = 'on'", ("on",)),
        ("current_setting('app.bypass'::text, true) = 'on'::text and state = 'open'", ("on", "open")),
        ("current_setting('app.is_admin', true)::boolean", ("true",)),
        ("lower(current_setting('app.who', true)) in ('cron', 'nightly')", ("cron", "nightly")),
        ("firm = current_setting('app.firm')::int", ()),
        ("state = 'open'", ()),
    ],
)
def test_words_that_settings_are_compared_with_are_read(text, words):
    assert words_asked([text]) == words


def test_a_setting_goes_with_the_words_of_its_own_condition():
    text = "current_setting('app.bypass', true) = 'on' or current_setting('app.actor', true) = 'cron'"
    assert compared_settings([text]) == (("app.bypass", "on"), ("app.actor", "cron"))
