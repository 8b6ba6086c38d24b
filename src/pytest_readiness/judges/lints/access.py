"""Lints of who may do what: row-level security, views, functions, files."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.lints.points import Point
from pytest_readiness.judges.lints.policies import always_true
from pytest_readiness.judges.sql.lexis import last_name, name_of, names, plain, underscored, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation
    from pytest_readiness.evidence.schema import SchemaEvidence

_WRITES = ("INSERT", "UPDATE", "DELETE")
_CALL = re.compile(r"(?:(\w+)\s*\.\s*)?(\w+)\s*\(")
_CALLER = re.compile(r"auth\.(uid|jwt|email)\(\)|current_setting")
_SENSITIVE = re.compile(
    r"(^|_)(passwords?|passwd|pwd|passphrase|secret|secret_key|api_?key|private_key|access_token|refresh_token"
    r"|auth_token|session_token|bearer|otp|totp_secret|mfa_secret|pin|pin_code|recovery_codes?|backup_codes?"
    r"|ssn|social_security(_number)?|tax_id|national_id|passport(_number)?|driver_?licen[sc]e(_number)?"
    r"|credit_card(_number)?|card_number|cvv|cvc|iban|bank_account(_number)?|account_number|routing_number"
    r"|date_of_birth|dob|birth_date|medical_record(_number)?|diagnosis|health_data|biometric\w*)(_hash|_enc)?$"
)


def tables(catalog: CatalogEvidence) -> list[Relation]:
    """Return all tables that hold rows, partitions left out."""
    return [r for r in catalog.relations if r.kind in TABLE_KINDS and not r.bounds] or [
        r for r in catalog.relations if r.kind in TABLE_KINDS
    ]


def asked(catalog: CatalogEvidence) -> set[str]:
    """Return all names in what functions, views and policies ask."""
    return {name for text in _asking(catalog) if text for name in names(text)}


def _asking(catalog: CatalogEvidence) -> Iterator[str]:
    yield from (function.body for function in catalog.functions)
    for relation in catalog.relations:
        yield relation.view
        yield from (text for policy in relation.policies for text in (policy.using, policy.check))


def without_row_security(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the tables that the API reaches and no policy guards."""
    for relation in catalog.relations:
        held = schema.held(relation.name)
        if relation.kind in TABLE_KINDS and not relation.rls and held:
            writes = any({*_WRITES} & {*verbs} for verbs in held.values())
            yield _unguarded(
                relation.name, held, _aside(relation, schema), attacked="" if writes else relation.name
            )
    others: defaultdict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for grant in schema.unguarded:
        others[grant.relation][grant.role] = grant.privileges
    for name, held in others.items():
        yield _unguarded(name, held, ", among tables of the platform", attacked="")


def _unguarded(name: str, held: dict[str, tuple[str, ...]], where: str, *, attacked: str) -> Point:
    verbs = sorted({verb for verbs in held.values() for verb in verbs})
    return Point(
        name,
        f"{', '.join(held)} may {', '.join(verbs)} {name} without row-level security{where}",
        f"select relrowsecurity from pg_class where oid = '{name}'::regclass;",
        f"alter table {name} enable row level security;",
        attacked,
    )


def _aside(relation: Relation, schema: SchemaEvidence) -> str:
    """Say how a relation is got at whose schema the API does not show."""
    if relation.schema in schema.exposed:
        return ""
    return f" (the API does not show {relation.schema}; what it shows may lead there as its caller)"


def idle_policies(catalog: CatalogEvidence) -> Iterator[Point]:
    """Yield the tables whose policies are not in force."""
    for relation in catalog.relations:
        if relation.policies and not relation.rls:
            names = ", ".join(policy.name for policy in relation.policies)
            yield Point(
                relation.name,
                f"{relation.name} has policies ({names}), and row-level security is off: none is asked",
                f"select relrowsecurity from pg_class where oid = '{relation.name}'::regclass;",
                f"alter table {relation.name} enable row level security;",
            )


def without_policies(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the tables that are granted to clients, and closed to everybody but their owner."""
    for relation in tables(catalog):
        if relation.rls and not relation.policies and schema.held(relation.name):
            yield Point(
                relation.name,
                f"{relation.name} has row-level security and no policy: clients see no row, as may be meant",
                f"select * from pg_policies where (schemaname, tablename) = "
                f"('{relation.schema}', '{relation.table}');",
                f"create policy … on {relation.name} for select using (…);",
            )


def exposed_users(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the views through which the API shows the platform's users."""
    for name in schema.views_of_users:
        held, relation = schema.held(name), catalog.relation(name)
        readers = [role for role, verbs in held.items() if "SELECT" in verbs]
        if relation is None or _own_only(catalog, relation):
            continue
        fix = f"revoke select on {name} from {', '.join(readers)};"
        if _asks_caller(relation):
            readers = [role for role in readers if (name, role) in schema.users_as_caller]
            fix = "alter table auth.users enable row level security;"
        if readers:
            said = f"{', '.join(readers)} may read the platform's users through {name}"
            yield Point(name, said + _aside(relation, schema), f"select * from {name} limit 5;", fix)


def _asks_caller(relation: Relation) -> bool:
    return any(option in relation.options for option in _INVOKER)


_INVOKER = tuple(f"security_invoker={value}" for value in ("on", "true", "1", "yes"))


def _own_only(catalog: CatalogEvidence, relation: Relation) -> bool:
    """Whether the view's own filter compares with the caller, itself or by a function that tells him."""
    called = names(relation.view)
    tell = (f.body for f in catalog.functions if last_name(f.name) in called)
    return any(_CALLER.search(text) for text in (relation.view, *tell))


def owner_views(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the views that ask policies as their owner, and that the API shows.

    A view that is itself the guard of what has no policies has nobody to ask.
    """
    guarded = {relation.table for relation in catalog.relations if relation.rls}
    for relation in catalog.relations:
        held = schema.held(relation.name)
        if relation.kind == "view" and held and not _asks_caller(relation):
            if _own_only(catalog, relation) and not guarded & names(relation.view):
                continue
            yield Point(
                relation.name,
                f"{relation.name} reads with the rights of {relation.owner}, whom no policy binds, "
                f"and {', '.join(held)} may use it{_aside(relation, schema)}",
                f"select reloptions from pg_class where oid = '{relation.name}'::regclass;",
                f"alter view {relation.name} set (security_invoker = on);",
                relation.name,
            )


def unguardable(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield what the API shows and no policy can guard: materialized views and foreign tables."""
    for relation in catalog.relations:
        readers = [role for role, verbs in schema.held(relation.name).items() if "SELECT" in verbs]
        if relation.kind in {"materialized view", "foreign table"} and readers:
            yield Point(
                relation.name,
                f"{', '.join(readers)} may read {relation.name}, a {relation.kind}: no policy can guard it"
                f"{_aside(relation, schema)}",
                f"select * from {relation.name} limit 5;",
                f"revoke select on {relation.name} from {', '.join(readers)};",
            )


def sensitive_columns(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the tables with secrets or personal data that the API reaches and no policy guards."""
    for relation in catalog.relations:
        readers = [role for role, verbs in schema.held(relation.name).items() if "SELECT" in verbs]
        if relation.kind not in TABLE_KINDS or relation.rls or not readers:
            continue
        found = [column.quoted for column in relation.columns if _SENSITIVE.search(_spelt(column.name))]
        if found:
            yield Point(
                relation.name,
                f"{', '.join(readers)} read {', '.join(found)} of {relation.name}, and no policy guards it"
                f"{_aside(relation, schema)}",
                f"select {', '.join(found)} from {relation.name} limit 5;",
                f"alter table {relation.name} enable row level security;",
            )


def _spelt(name: str) -> str:
    """Return a name in small letters, an underscore between its words, whatever stands there."""
    return re.sub(r"\W+", "_", underscored(name)).lower()


def movable_paths(catalog: CatalogEvidence, *, definer: bool) -> Iterator[Point]:
    """Yield the functions that look for names along whatever path their caller has set."""
    for function in catalog.functions:
        if (
            function.definer is definer
            and function.kind in {"function", "procedure"}
            and not _fixed(function)
        ):
            whose = (
                "its owner's rights and the caller's search path" if definer else "the caller's search path"
            )
            yield Point(
                function.signature,
                f"{function.signature} runs with {whose}",
                f"select proconfig from pg_proc where oid = '{function.signature}'::regprocedure;",
                f"alter {function.kind} {function.signature} set search_path = '';",
            )


def _fixed(function: Function) -> bool:
    return any(setting.startswith("search_path=") for setting in function.config)


def callable_definers(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the definer functions that a role of the API may call, one for each role.

    Where the API does not show a function, it may be there for policies, which need such rights.
    """
    needed = _called(catalog)
    definers = {
        function.signature
        for function in catalog.functions
        if function.definer
        and (
            function.schema in schema.exposed
            or not needed & {".".join(words(function.name)), last_name(function.name)}
        )
    }
    for call in schema.calls:
        if call.function in definers:
            yield Point(
                f"{call.function} by {call.role}",
                f"{call.role} may call {call.function}, which runs with its owner's rights",
                f"select has_function_privilege('{call.role}', '{call.function}', 'execute');",
                f"revoke execute on function {call.function} from {call.role}, public;",
            )


def _called(catalog: CatalogEvidence) -> set[str]:
    """Return all that functions, views, policies, defaults and checks call, as they name it."""
    texts = [*_asking(catalog)]
    for relation in catalog.relations:
        texts += [column.default for column in relation.columns]
        texts += [check.definition for check in relation.checks]
    found = (match for text in texts for match in _CALL.finditer(plain(text)))
    return {".".join(name_of(part) for part in match.groups("") if part) for match in found}


def listed_buckets(schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the public buckets whose files a policy lets clients list."""
    clients = {"public", *schema.roles}
    for bucket in schema.listed_buckets:
        for policy in schema.storage:
            text = policy.using
            named = re.search(rf"bucket_id\s*=\s*'{re.escape(bucket)}'", text)
            more = re.search(r"\bname\b|owner|auth\.|foldername|current_setting", text)
            if clients & {*policy.roles} and (always_true(text) or (named and not more)):
                yield Point(
                    bucket,
                    f"the policy {policy.name} lets {', '.join(policy.roles)} list all files of {bucket}, "
                    "a public bucket, whose files are read by their address without it",
                    "select * from pg_policies where tablename = 'objects';",
                    f'drop policy "{policy.name}" on storage.objects;',
                )
                break
