"""From the tables of a TOML file to :class:`Settings`, or to an error that says how to mend it."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import types
import typing
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from typing import Any, Literal, Union

from pytest_readiness.areas import AREAS
from pytest_readiness.settings.model import (
    KAFKA,
    POSTGRES,
    REDIS,
    Audit,
    Health,
    Limit,
    NotApplicable,
    Settings,
    SettingsError,
)
from pytest_readiness.settings.wallet import fault

_SETTING = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+|application_name")
_WORDS = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dt.date: "a date such as 2027-03-31, without quotes",
}


def parse(table: dict[str, Any]) -> Settings:
    """Turn the settings table into :class:`Settings`.

    Raises:
        SettingsError: For a key that is unknown, a value of the wrong type, or a contradiction.
    """
    settings = _record(Settings, table, "")
    _validate(settings)
    return settings  # type: ignore[no-any-return]  # _record is told the class at run time


def _record(cls: type, value: object, path: str) -> Any:  # noqa: ANN401  an instance of `cls`
    if not isinstance(value, dict):
        raise SettingsError(f"{path}: expected a table, found {_show(value)}")
    hints = typing.get_type_hints(cls)
    keys: dict[str, Field[Any]] = {f.name: f for f in fields(cls) if not f.metadata.get("found")}
    for key in value:
        if key not in keys:
            raise SettingsError(_unknown_key(_join(path, key), key, list(keys)))
    for name, key_field in keys.items():
        required = key_field.default is MISSING and key_field.default_factory is MISSING
        if required and name not in value:
            raise SettingsError(f"{_join(path, name)}: required, and missing")
    return cls(**{key: _value(hints[key], item, _join(path, key)) for key, item in value.items()})


def _unknown_key(path: str, key: str, accepted: list[str]) -> str:
    close = difflib.get_close_matches(key, accepted, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{path}: unknown key; {hint}accepted here: {', '.join(sorted(accepted))}"


def _value(hint: Any, value: object, path: str) -> Any:  # noqa: ANN401  follows the annotation
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(arguments, value, path)
    if origin is Literal:
        return _literal(arguments, value, path)
    if origin is tuple:
        return _array(arguments[0], value, path)
    if origin is dict:
        if not isinstance(value, dict):
            raise SettingsError(f"{path}: expected a table, found {_show(value)}")
        return {key: _value(arguments[1], item, _join(path, key)) for key, item in value.items()}
    if is_dataclass(hint):
        return _record(typing.cast("type", hint), value, path)
    return _scalar(hint, value, path)


def _union(choices: tuple[Any, ...], value: object, path: str) -> Any:  # noqa: ANN401
    # A table is read as the record among the choices, anything else as the plain one."""
    records = [choice for choice in choices if is_dataclass(choice)]
    if isinstance(value, dict) and records:
        return _record(typing.cast("type", records[0]), value, path)
    plain = next(choice for choice in choices if not is_dataclass(choice))
    return _value(plain, value, path)


def _literal(choices: tuple[Any, ...], value: object, path: str) -> object:
    if value not in choices:
        raise SettingsError(f"{path}: expected one of {', '.join(map(str, choices))}; found {_show(value)}")
    return value


def _array(hint: Any, value: object, path: str) -> tuple[Any, ...]:  # noqa: ANN401
    if not isinstance(value, list):
        raise SettingsError(f"{path}: expected an array [...], found {_show(value)}")
    return tuple(_value(hint, item, f"{path}[{index}]") for index, item in enumerate(value))


def _scalar(hint: type, value: object, path: str) -> object:
    accepted = (int, float) if hint is float else hint
    wrong_bool = isinstance(value, bool) and hint is not bool
    if wrong_bool or not isinstance(value, accepted):
        raise SettingsError(f"{path}: expected {_WORDS[hint]}, found {_show(value)}")
    return value


def _validate(settings: Settings) -> None:
    for name, weight in settings.weights.items():
        if name not in AREAS:
            raise SettingsError(_unknown_key(f"weights.{name}", name, list(AREAS)))
        if not 0 <= weight < float("inf"):
            raise SettingsError(f"weights.{name}: expected a number from 0, found {weight}")
    for index, item in enumerate(settings.not_applicable):
        _not_applicable(item, f"not_applicable[{index}]")
    for index, waiver in enumerate(settings.waivers):
        for name in ("check", "subject", "reason", "owner"):
            _nonempty(getattr(waiver, name), f"waivers[{index}].{name}")
    if not 0 <= settings.gate.fail_under <= 100:  # noqa: PLR2004  the scale of a score
        raise SettingsError(f"gate.fail_under: expected 0 to 100, found {settings.gate.fail_under}")
    for name in ("postgres", "redis"):
        _server(getattr(settings, name), name)
    _audit(settings.audit)
    _limits(settings.limits)
    _services(settings)
    if found := fault(settings.wallet):
        raise SettingsError(f"wallet.{found[0]}: {found[1]}")


def _audit(audit: Audit) -> None:
    if audit.log and audit.log in audit.not_logs:
        raise SettingsError(f"audit.not_logs: {audit.log!r} is audit.log too; expected in one of them")
    for part, name in asdict(audit.session).items():
        if name and not _SETTING.fullmatch(name):
            raise SettingsError(
                f'audit.session.{part}: expected the name of a setting such as "app.user_id", found {name!r}'
            )


def _services(settings: Settings) -> None:
    names = [service.name for service in settings.services]
    for index, service in enumerate(settings.services):
        path = f"services[{index}]"
        _nonempty(service.name, f"{path}.name")
        if service.name in names[:index]:
            raise SettingsError(f"{path}.name: {service.name!r} is the name of another service")
        if bool(service.app) == bool(service.command):
            raise SettingsError(f"{path}: expected either `app` (module:name) or `command`")
        if service.command and service.transport == "asgi":
            raise SettingsError(f'{path}: expected `app` with transport = "asgi", found a command')
        if service.command and "{port}" not in service.command:
            raise SettingsError(f"{path}.command: expected {{port}} in it, found {_show(service.command)}")
        if service.instances < 1 or service.ready_within <= 0:
            raise SettingsError(f"{path}: expected at least one instance, and some time to start")
    if settings.health:
        _health(settings.health, names)
        _budgets(settings.health)
    _webhooks(settings, names)
    for index, limit in enumerate(settings.limits):
        if limit.http:
            _of_service(limit.http.service, names, f"limits[{index}].http.service")
            _url_path(limit.http.path, f"limits[{index}].http.path")


def _webhooks(settings: Settings, names: list[str]) -> None:
    for index, hook in enumerate(settings.webhooks):
        path = f"webhooks[{index}]"
        for name in ("name", "payload", "effect"):
            _nonempty(getattr(hook, name), f"{path}.{name}")
        _of_service(hook.service, names, f"{path}.service")
        _url_path(hook.path, f"{path}.path")
        service = settings.services[names.index(hook.service)]
        if not any(f"{{secret.{hook.name}}}" in value for value in service.env.values()):
            raise SettingsError(
                f"{path}: the service {service.name!r} is not given its secret; "
                f'add to its env a variable with the value "{{secret.{hook.name}}}"'
            )
        if hook.largest < 0:
            raise SettingsError(f"{path}.largest: expected bytes, or 0, found {hook.largest}")
        if hook.scheme != "standard-webhooks" and "{id}" not in hook.payload and "{" in hook.payload:
            raise SettingsError(
                f"{path}.payload: {hook.scheme} has the event's id in its body; write {{id}} where it stands"
            )


def _health(health: Health, names: list[str]) -> None:
    if not health.services:
        raise SettingsError("health.services: expected the name of at least one service")
    for name in health.services:
        _of_service(name, names, "health.services")
    for field_name in ("path", "liveness", "readiness"):
        if getattr(health, field_name) or field_name == "path":
            _url_path(getattr(health, field_name), f"health.{field_name}")
    if health.scale <= 0 or health.probe_timeout < 0:
        raise SettingsError("health: expected a scale above 0, and a probe_timeout of at least 0")


def _budgets(health: Health) -> None:
    known = (*POSTGRES, *REDIS, *KAFKA)
    for kind in ("required", "optional"):
        for name, budget in getattr(health, kind).items():
            if name not in known:
                raise SettingsError(
                    f"health.{kind}.{name}: only these can be made to fail: {', '.join(known)}"
                )
            if not 0 < budget < float("inf"):
                raise SettingsError(f"health.{kind}.{name}: expected seconds above 0, found {budget}")
    if not {**health.required, **health.optional}:
        raise SettingsError("health: expected at least one dependency in `required` or `optional`")


def _of_service(name: str, names: list[str], path: str) -> None:
    if name not in names:
        accepted = ", ".join(names) or "none are declared"
        raise SettingsError(f"{path}: expected the name of a service ({accepted}); found {_show(name)}")


def _url_path(value: str, path: str) -> None:
    if not value.startswith("/") or any(character.isspace() for character in value):
        raise SettingsError(f"{path}: expected a path that begins with /, found {_show(value)}")


def _limits(limits: tuple[Limit, ...]) -> None:
    for index, limit in enumerate(limits):
        path = f"limits[{index}]"
        _nonempty(limit.name, f"{path}.name")
        if limit.name in {other.name for other in limits[:index]}:
            raise SettingsError(f"{path}.name: {limit.name!r} is the name of another limit")
        for name in ("limit", "window", "failure_within"):
            value = getattr(limit, name)
            if not 0 < value < float("inf"):
                raise SettingsError(f"{path}.{name}: expected a number above 0, found {value}")
        if not limit.limiter and not limit.http:
            raise SettingsError(f"{path}: expected `limiter` (module:function) or `http`, or both")
        if limit.limiter and not re.fullmatch(r"[\w.]+:\w+", limit.limiter):
            raise SettingsError(
                f"{path}.limiter: expected `module:function`, which makes the limiter as "
                f"make_limiter(redis, limit, window_s); found {_show(limit.limiter)}"
            )


def _not_applicable(item: NotApplicable, path: str) -> None:
    if bool(item.area) == bool(item.check):
        raise SettingsError(f"{path}: expected either `area` or `check`")
    if item.area and item.area not in AREAS:
        raise SettingsError(_unknown_key(f"{path}.area", item.area, list(AREAS)))
    _nonempty(item.reason, f"{path}.reason")


def _server(choice: object, path: str) -> None:
    accepted = ["auto", "embedded", "system", "container"] + (["fake"] if path == "redis" else [])
    if isinstance(choice, str) and choice not in accepted:
        raise SettingsError(
            f"{path}: expected one of {', '.join(accepted)}, or a table with `url` and `disposable`; "
            f"found {_show(choice)}"
        )


def _nonempty(value: str, path: str) -> None:
    if not value.strip():
        raise SettingsError(f"{path}: must say something")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _show(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "an array"
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004  one line of a terminal
