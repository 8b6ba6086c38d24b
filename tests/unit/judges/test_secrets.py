"""A secret in a function's body is told by its shape, or by the word beside it; names are none."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.sql.secrets import secrets
from relations import catalog

SEND = Function(
    schema="public",
    name="public.send",
    signature="public.send()",
    kind="function",
    returns="void",
    definer=True,
    owner="postgres",
    volatility="volatile",
    language="plpgsql",
    config=(),
    body="",
    defaults=0,
    arguments=(),
    callers=(),
)


def found(body):
    return list(secrets(replace(catalog(), functions=(replace(SEND, body=body),))))


@pytest.mark.parametrize(
    "body",
    [
        "perform net.http_post('x', headers => '{\"Authorization\": \"Bearer eyJhbGciOiJIUzI1.eyJyb2xlIjoic2\"}')",
        "api_key text := 'k9Zr44Aq81mnPP02';",
        "jsonb_build_object('apikey', 'k9Zr44Aq81mnPP02')",
        "service_key := 'sk_" + "live_4eC39HqLyjWDarjt';",
    ],
)
def test_secrets(body):
    ((signature, shown),) = found(body)
    assert signature == "public.send()"
    assert len(shown) == 5


@pytest.mark.parametrize(
    "body",
    [
        "api_key text := current_setting('app.settings.service_key2.v2');",
        "select decrypted_secret from vault.decrypted_secrets where name = 'service_role_key';",
        "if new.password = 'too_short_password' then raise exception 'password'; end if;",
        "secret text := encode(extensions.gen_random_bytes(32), 'hex');",
    ],
)
def test_names_of_secrets_are_none(body):
    assert found(body) == []
