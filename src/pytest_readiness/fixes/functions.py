"""Changes to functions: whose rights they use, where they look names up, and who may call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.fixes.system import Change
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.fixes.system import System


def changes(function: Function, system: System) -> Iterator[Change]:
    """Yield what may keep a function from acting for strangers."""
    kind = "procedure" if function.kind == "procedure" else "function"
    name = f"{kind} {function.signature}"
    yield from _path(function, name)
    if function.definer:
        invoker = f"alter {name} security invoker"
        yield Change((invoker,), "lets it use the rights of whoever calls", 2)
    if "anon" in function.callers and len(function.callers) > 1:
        users = [role for role in function.callers if role != "anon"]
        revoked = (
            *_without(name, ("anon",), system),
            f"grant execute on {name} to {', '.join(map(identifier, users))}",
        )
        yield Change(revoked, "is no longer called without a user", 3)
    meant = system.called.get(function.signature, "")
    yield Change(
        tuple(_without(name, function.callers, system)),
        "is no longer called by clients" + (f", though {meant}" if meant else ""),
        8,
        gives_up=frozenset() if meant else frozenset({function.signature}),
    )


def _without(name: str, roles: tuple[str, ...], system: System) -> Iterator[str]:
    """Yield the revocation from these roles, and from everybody, whom they are among."""
    yield f"revoke execute on {name} from public, {', '.join(map(identifier, roles))}"
    if system.service:
        yield f"grant execute on {name} to {identifier(system.service)}"


def _path(function: Function, name: str) -> Iterator[Change]:
    """Yield a fixed search path: what a caller puts into pg_temp is found last."""
    if any(setting.startswith("search_path=") and "pg_temp" in setting for setting in function.config):
        return
    schemas = dict.fromkeys([function.schema, "public"])
    said = ", ".join(identifier(schema) for schema in schemas)
    weight = 1 if function.definer else 3
    yield Change(
        (f"alter {name} set search_path = {said}, pg_temp",),
        "looks names up where no caller can put them",
        weight,
    )
