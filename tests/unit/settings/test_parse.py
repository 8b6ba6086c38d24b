"""A wrong setting is an error that names the key, what was found and what is accepted."""

import datetime as dt

import pytest

from pytest_readiness.settings import GivenServer, SettingsError
from pytest_readiness.settings.parse import parse


def test_everything_has_a_default():
    assert parse({}).gate.require == "conditional"


def test_values_are_read_as_declared():
    settings = parse(
        {
            "name": "easymo",
            "migrations": ["a.sql"],
            "postgres": {"url": "env:DATABASE_URL", "disposable": True},
            "gate": {"fail_under": 90},
            "weights": {"wallet": 25},
            "isolation": {"owners": {"public.orders": "customer_id"}},
            "waivers": [
                {"check": "A", "subject": "*", "reason": "r", "owner": "o", "expires": dt.date(2027, 1, 1)}
            ],
        }
    )
    assert settings.postgres == GivenServer("env:DATABASE_URL", disposable=True)
    assert settings.gate.fail_under == 90
    assert settings.isolation.owners == {"public.orders": "customer_id"}
    assert settings.waivers[0].expires == dt.date(2027, 1, 1)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"profil": "x"}, "profil: unknown key; did you mean 'profile'"),
        ({"gate": {"requires": "go"}}, "gate.requires: unknown key; did you mean 'require'"),
        ({"strict": 1}, "strict: expected true or false, found 1"),
        ({"postgres_version": "15"}, "postgres_version: expected a whole number, found '15'"),
        ({"postgres_version": True}, "postgres_version: expected a whole number, found true"),
        ({"gate": {"require": "yes"}}, "gate.require: expected one of go, conditional, no-go, unknown"),
        ({"gate": {"fail_under": 101}}, "gate.fail_under: expected 0 to 100"),
        ({"gate": "go"}, "gate: expected a table, found 'go'"),
        ({"migrations": "x"}, r"migrations: expected an array \[...\], found 'x'"),
        ({"migrations": [1]}, r"migrations\[0\]: expected a string, found 1"),
        ({"postgres": "docker"}, "postgres: expected one of auto, embedded, system, container"),
        ({"postgres": {"disposable": True}}, "postgres.url: required, and missing"),
        ({"audit": {"log": "a.b", "not_logs": ["a.b"]}}, "audit.not_logs: 'a.b' is audit.log too"),
        ({"audit": {"session": {"actor": "user id"}}}, "audit.session.actor: expected the name of a setting"),
        ({"audit": {"session": {"address": "app.ip"}}}, "audit.session.address: unknown key"),
        ({"weights": {"walet": 1}}, "weights.walet: unknown key; did you mean 'wallet'"),
        ({"weights": {"wallet": -1}}, "weights.wallet: expected a number from 0"),
        ({"not_applicable": [{"reason": "r"}]}, r"not_applicable\[0\]: expected either `area` or `check`"),
        ({"not_applicable": [{"area": "wallet", "reason": " "}]}, "reason: must say something"),
        ({"waivers": [{"check": "A", "subject": "*", "reason": "r", "owner": "o"}]}, "expires: required"),
        (
            {
                "waivers": [
                    {"check": "A", "subject": "*", "reason": "r", "owner": "o", "expires": "2027-01-01"}
                ]
            },
            "expires: expected a date such as 2027-03-31, without quotes",
        ),
    ],
)
def test_errors(table, said):
    with pytest.raises(SettingsError, match=said):
        parse(table)


def wallet(**more):
    least = {
        "create": "select c(%(owner)s)",
        "deposit": "select d(%(wallet)s, %(amount)s)",
        "transfer": "select t(%(source)s, %(destination)s, %(amount)s)",
        "balance": "select b(%(wallet)s)",
    }
    return parse({"wallet": least | more}).wallet


def test_a_wallet_needs_four_templates_and_declares_nothing_by_itself():
    declared = wallet()
    assert declared.declared
    assert not declared.takes("transfer", "key")
    assert declared.replays_failures is None
    assert not parse({}).wallet.declared


def test_an_adapter_stands_in_for_templates():
    assert parse({"wallet": {"adapter": "shop.money:Wallet"}}).wallet.declared
    with pytest.raises(SettingsError, match=r"wallet.adapter: expected 'module:factory'"):
        parse({"wallet": {"adapter": "shop.money"}})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"transfer": "select t(%(source)s, %(amount)s)"},
            r"wallet.transfer: .*%\(destination\)s is missing",
        ),
        ({"balance": "select b(%(wallet)s, %(keys)s)"}, r"wallet.balance: unknown placeholder %\(keys\)s"),
        ({"balance": ""}, r"wallet.balance: required"),
        ({"ledger": "entries"}, r"wallet.ledger: .*give both"),
        ({"instances": 0}, r"wallet.instances: expected 1 or more, found 0"),
        *(({"load_groups": n}, rf"wallet.load_groups: expected 1 to 4, found {n}") for n in (0, 5)),
        ({"adapter": "module:factory", "load_groups": 2}, r"wallet.load_groups: a service is spread by"),
        ({"key_scope": "galaxy"}, r"wallet.key_scope: expected one of"),
        ({"freeze_stops": "incoming"}, r"wallet.freeze_stops: expected one of"),
        *(({"unit": unit}, r"wallet.unit: expected a positive amount") for unit in ("0", "-1", "ten", "")),
    ],
)
def test_a_template_that_cannot_be_used_says_what_to_mend(given, message):
    with pytest.raises(SettingsError, match=message):
        wallet(**given)
