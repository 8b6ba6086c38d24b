"""Changes to tables: row-level security, policies and grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.fixes import policies
from pytest_readiness.fixes.predicates import conditions, guarded
from pytest_readiness.fixes.system import Change
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Policy, Relation
    from pytest_readiness.fixes.system import System

_PRIVILEGE = {"SELECT": "select", "UPDATE": "update", "INSERT": "insert", "DELETE": "delete"}
_BESIDE = ("truncate", "references", "trigger")


def changes(relation: Relation, verbs: frozenset[str], system: System) -> Iterator[Change]:
    """Yield what may close a table to strangers.

    Args:
        relation: The table.
        verbs: With which they reached it: SELECT, INSERT, UPDATE, DELETE, TRUNCATE.
        system: All that is known.
    """
    emptied = list(beside([relation], system)) if "TRUNCATE" in verbs else []
    yield from emptied
    for change in _by_policies(relation, verbs, system):
        yield change
        for other in emptied:
            both = (*change.statements, *other.statements)
            yield Change(both, f"{change.what}, and {other.what}", change.weight + 1)


def _by_policies(relation: Relation, verbs: frozenset[str], system: System) -> Iterator[Change]:
    yield from _switched_on(relation, system)
    yield from _as_the_whole(relation, system)
    if relation.rls:  # without it no policy is asked, whatever it says
        yield from policies.rewritten(relation, verbs, system)
    yield from _restricted(relation, verbs, system)
    yield from _revoked(relation, verbs, system)


def beside(relations: list[Relation], system: System) -> Iterator[Change]:
    """Yield the revocation of privileges that no policy is asked about."""
    statements = []
    for relation in relations:
        verbs = [verb for verb in _BESIDE if system.held(relation, verb)]
        roles = dict.fromkeys(role for verb in verbs for role in system.held(relation, verb))
        if verbs:
            statements.append(f"revoke {', '.join(verbs)} on {relation.name} from {_roles([*roles])}")
    if statements:
        yield Change(tuple(statements), "lets no client do what asks no policy", 2)


def _switched_on(relation: Relation, system: System) -> Iterator[Change]:
    """Yield row-level security, with the policies that are there and with those that are missing."""
    enable = f"alter table {relation.name} enable row level security"
    force = f"alter table {relation.name} force row level security"
    owned_by_client = relation.owner in system.clients
    start = [enable] if not relation.rls else []
    start += [force] if owned_by_client else []
    if not start:
        return
    what = "enables row-level security" + (", for the owner too" if owned_by_client else "")
    if relation.policies:
        yield Change(tuple(start), what, 1)
    used = [verb for verb in _PRIVILEGE if system.held(relation, _PRIVILEGE[verb])]
    missing = [verb for verb in used if not any(p.command in {verb, "ALL"} for p in relation.policies)]
    for place, condition in enumerate(conditions(relation, system)):
        made = list(_policies(relation, missing, condition, system))
        yield Change((*start, *made), f"{what}, with policies that compare the owner", 3 + place)
    if owned_by_client and system.owner not in system.clients:
        given = [f"alter table {relation.name} owner to {identifier(system.owner)}"]
        privileges = "select, insert, update, delete"
        given.append(f"grant {privileges} on {relation.name} to {identifier(relation.owner)}")
        yield Change((*given, *start[:-1]), "gives the table to the role of the migrations", 4)


def _policies(relation: Relation, verbs: list[str], condition: str, system: System) -> Iterator[str]:
    """Yield policies for these verbs, one where it serves for all."""
    roles = _roles(system.signed_in)
    if len(verbs) == len(_PRIVILEGE):
        name = identifier("own rows")
        both = f"using ({condition}) with check ({condition})"
        yield f"create policy {name} on {relation.name} for all to {roles} {both}"
        return
    for verb in verbs:
        name = identifier(f"{verb.lower()} own rows")
        using = f" using ({condition})" if verb != "INSERT" else ""
        check = f" with check ({condition})" if verb in {"INSERT", "UPDATE"} else ""
        yield f"create policy {name} on {relation.name} for {verb.lower()} to {roles}{using}{check}"


def _as_the_whole(relation: Relation, system: System) -> Iterator[Change]:
    """Yield the parent's policies for a partition or child that can be reached by itself."""
    parent = system.catalog.relation(relation.parent)
    if parent is None or relation.rls:
        return
    enable = f"alter table {relation.name} enable row level security"
    if parent.rls and parent.policies:
        copies = tuple(_create(policy, relation) for policy in parent.policies)
        yield Change((enable, *copies), f"gives it the policies of {parent.name}", 2)
    roles = _roles([role for role in system.clients if role in relation.privileges])
    yield Change((f"revoke all on {relation.name} from {roles}",), f"leaves {parent.name} as the only way", 5)


def _create(policy: Policy, relation: Relation) -> str:
    roles = ", ".join("public" if role == "public" else identifier(role) for role in policy.roles)
    kind = "permissive" if policy.permissive else "restrictive"
    using = f" using ({policy.using})" if policy.using else ""
    check = f" with check ({policy.check})" if policy.check else ""
    head = f"create policy {identifier(policy.name)} on {relation.name} as {kind}"
    return f"{head} for {policy.command.lower()} to {roles}{using}{check}"


def _restricted(relation: Relation, verbs: frozenset[str], system: System) -> Iterator[Change]:
    """Yield a restrictive policy, which holds beside whatever opens the table."""
    if not relation.rls:
        return
    reading = verbs <= policies.READS
    for place, condition in enumerate((conditions if reading else guarded)(relation, system)):
        made = []
        for verb in sorted(verbs & _PRIVILEGE.keys()):
            name = identifier(f"{verb.lower()} none but own rows")
            using = f" using ({condition})" if verb != "INSERT" else ""
            check = f" with check ({condition})" if verb in {"INSERT", "UPDATE"} else ""
            made.append(
                f"create policy {name} on {relation.name} as restrictive for {verb.lower()} "
                f"to {_roles(system.clients)}{using}{check}"
            )
        if made:
            yield Change(tuple(made), "adds what every policy has to fulfil as well", 6 + 2 * place)


def _revoked(relation: Relation, verbs: frozenset[str], system: System) -> Iterator[Change]:
    """Yield the revocation of what nobody but strangers used: from callers without a user, then from all."""
    for weight, roles in ((4, ("anon",)), (9, system.clients)):
        made = [
            f"revoke {_PRIVILEGE[verb]} on {relation.name} from {_roles(held)}"
            for verb in sorted(verbs & _PRIVILEGE.keys())
            if (held := [role for role in roles if role in system.held(relation, _PRIVILEGE[verb])])
        ]
        if made:
            yield Change(tuple(made), f"revokes it from {', '.join(roles)}", weight)


def _roles(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(identifier(name) for name in names)
