"""Names tell secrets of a platform from what is made to be shown, and from what is said about secrets."""

import json

import pytest

from pytest_readiness.judges.purpose.platform_secrets import (
    is_secret_kept,
    is_secret_name,
    is_secret_setting,
    secret_told,
)
from relations import column, relation

KEPT = (
    "stripe_secret_key webhook_secret service_role_key SERVICE_ROLE smtp_password private_key api_secret access_token "
    "clientSecret openweather_api_key stripe.secret-key.live jwt_secret db_password_v2 DATABASE_URL signing_key_1 "
    "ga_api_secret algolia_admin_api_key"
)
SHOWN = (
    "stripe_publishable_key anon_key supabase_anon_key vapid_public_key recaptcha_site_key maps_api_key api_key_header "
    "password_min_length token_ttl secret_santa_enabled require_password reset_password access_token_ttl key token "
    "sentry_dsn secretary passwordless api_key_name webhook_url secret_name sort_key primary_key cache_key "
    "tinymce_api_key ga_api_key algolia_search_api_key"
)


@pytest.mark.parametrize("name", KEPT.split())
def test_names_of_secrets(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", SHOWN.split())
def test_names_of_what_is_shown(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("app.settings.service_role_key", True),
        ("app.jwt_secret", True),
        ("app.session_access_token", False),
        ("app.user_id", False),
        ("app.current_api_key", False),
        ("app.settings.supabase_url", False),
    ],
)
def test_settings(name, is_secret):
    assert is_secret_setting(name) is is_secret


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("mailer", True),
        ("stripe_key", True),
        ("project_url", False),
        ("anon_key", False),
        ("database_url", True),
    ],
)
def test_what_is_kept_in_a_vault(name, is_secret):
    assert is_secret_kept(name) is is_secret


CONFIG = relation("public.site_config", column("name", "text"), column("value", "jsonb"))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("mail_api_key", "", ""),
        ("mail_api_key", None, ""),
        ("form_password", "Your password", ""),
        ("form_password", "Kennwort:", ""),
        ("form_password", "At least 8 characters, please!", ""),
        ("mail_password", "A-secret", "mail_password"),
        ("mail_private_key", "-----BEGIN PRIVATE KEY-----\nMIIEvq81kA==", "mail_private_key"),
        ("mail_api_key", "k-17", "mail_api_key"),
        ("mail_api_key", 3600, ""),
        ("mail_api_key", "true", ""),
        ("mail_api_key", "********", ""),
        ("mail_api_key", "[redacted]", ""),
        ("mail", {"host": "post.test", "smtp": {"password": "b7-Kq0-19x-Fe"}}, "password"),
        ("fields", {"password": "required", "hint": "at least 12 signs"}, ""),
        ("opening_hours", "8-17", ""),
    ],
)
def test_rows_of_names_and_values(name, value, told):
    assert secret_told(CONFIG, [json.dumps({"name": name, "value": value})]) == told


@pytest.mark.parametrize(("value", "told"), [(None, ""), ("", ""), ("Your password", "smtp_password")])
def test_a_column_for_a_secret_tells_one_once_it_is_filled(value, told):
    config = relation("public.site_config", column("id", "integer"), column("smtp_password", "text"))
    assert secret_told(config, [json.dumps({"id": 1, "smtp_password": value})]) == told


def test_rows_of_somebody_are_no_platforms():
    config = relation("public.site_config", column("owner_id", "uuid"), column("api_secret", "text"))
    own, nobodys = ({"owner_id": one, "api_secret": "s-19"} for one in ("somebody", None))
    assert secret_told(config, [json.dumps(own)], ["owner_id"]) == ""
    assert secret_told(config, [json.dumps(nobodys)], ["owner_id"]) == "api_secret"
    assert secret_told(config, [json.dumps({"api_secret": "s-19"})], ["owner_id"]) == ""


@pytest.mark.parametrize(
    "name",
    [
        "public.field_config_types",
        "public.languages",
        "public.setting_translations",
        "public.visibility_options",
    ],
)
def test_tables_that_set_nothing_up(name):
    words = relation(name, column("name", "text"), column("value", "text"))
    assert secret_told(words, [json.dumps({"name": "login_password", "value": "Kennwort"})]) == ""
