"""More parts of sound schemas: views, functions, partitions, documents, claims, and settings."""

from __future__ import annotations

from hypothesis import strategies as st
from pieces import (
    CALL,
    CALLERS,
    ESCALATE,
    PLACE,
    READ,
    TO,
    content,
    guards,
    key_type,
    keys,
    owners,
    policy,
    types,
)
from schemas import Part, Table, Wound
from sound import DEFINER, closed, function


@st.composite
def viewed(draw):
    """A table with a view of the caller over it, and perhaps another view over that."""
    owner, key, columns = draw(owners(sure=True)), draw(keys()), draw(content(most=3))
    table = Table("<t:files>", (("<c:id>", key), ("<c:owner>", owner.definition), *columns))
    guard = draw(guards("<t:files>", "files", owner.mine))
    what = draw(st.sampled_from(["*", "<c:id>, <c:content0>", "<c:owner>, <c:content0>, <c:id>"]))
    option = draw(st.sampled_from(["security_invoker = true", "security_invoker = on", "security_invoker"]))
    views = [f"create view <v:seen> with ({option}) as select {what} from <t:files>"]
    wounds = [
        Wound("view of its owner", "alter view <v:seen> set (security_invoker = false)", (READ,), "<v:seen>"),
        Wound("view of its owner", "alter view <v:seen> reset (security_invoker)", (READ,), "<v:seen>"),
        Wound(
            "materialized",
            "create materialized view <v:kept> as select <c:content0> from <t:files>; "
            "grant select on <v:kept> to authenticated",
            (READ,),
            "<v:kept>",
        ),
    ]
    if draw(st.booleans()):
        views.append(f"create view <v:again> with ({option}) as select <c:content0> from <v:seen>")
        wounds = wounds[2:]
        wounds.append(
            Wound("view over view", "alter view <v:again> reset (security_invoker)", (READ,), "<v:again>")
        )
        wounds = wounds[:1]  # the lower view still asks the policies as whoever owns the upper one
    return Part(
        "viewed",
        (table,),
        first=types(columns),
        policies=guard.policies,
        last=tuple(views),
        proven=("<t:files>", "<v:seen>"),
        wounds=(*guard.wounds, *wounds),
    )


@st.composite
def served(draw):
    """A table that functions with their owner's rights read and change for the caller."""
    owner, key = draw(owners(sure=True)), draw(keys())
    columns = draw(content(most=2))
    table = Table("<t:bills>", (("<c:id>", key), ("<c:owner>", owner.definition), *columns))
    guard = draw(guards("<t:bills>", "bills", owner.mine))
    given = f"wanted {key_type(key)}"
    mine = owner.mine.replace("<c:owner>", "b.<c:owner>")
    returns, what = draw(
        st.sampled_from([("setof <t:bills>", "b.*"), ("text", "b.<c:content0>"), ("jsonb", "to_jsonb(b)")])
    )
    read = f"select {what} from <t:bills> b where b.<c:id> = $1 and {mine}"
    listed = f"select b.<c:content0> from <t:bills> b where {mine}"
    change = f"begin update <t:bills> b set <c:content0> = $2 where b.<c:id> = $1 and {mine}; end"
    refuse = (
        "declare held <t:bills>; begin select * into held from <t:bills> b where b.<c:id> = $1; "
        f"if not found or ({owner.mine.replace('<c:owner>', 'held.<c:owner>')}) is not true then raise exception "
        "'there is no such bill'; end if; delete from <t:bills> b where b.<c:id> = $1; end"
    )
    plpgsql = f"language plpgsql {DEFINER}"
    made = {
        "get": (given, function("<f:get>", given, returns, read, f"language sql stable {DEFINER}")),
        "list": ("", function("<f:list>", "", "setof text", listed, f"language sql stable {DEFINER}")),
        "change": (
            f"{given}, text text",
            function("<f:change>", f"{given}, text text", "void", change, plpgsql),
        ),
        "refuse": (given, function("<f:refuse>", given, "void", refuse, plpgsql)),
        "invoke": (
            given,
            function("<f:invoke>", given, returns, read, "language sql stable security invoker"),
        ),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(made)), min_size=1, max_size=3, unique=True))
    last = []
    wounds = list(guard.wounds)
    for name in chosen:
        arguments, sql = made[name]
        last += [sql, *(closed(f"<f:{name}>", arguments) if name != "invoke" else ())]
        wounds += _unchecked(name, sql, mine, owner.mine)
    return Part(
        "served",
        (table,),
        first=types(columns),
        policies=guard.policies,
        last=tuple(last),
        proven=("<t:bills>",),
        wounds=tuple(wounds),
    )


def _unchecked(name, sql, mine, held):
    again = sql.replace("create", "create or replace", 1)
    if name == "refuse":
        again = again.replace(f" or ({held.replace('<c:owner>', 'held.<c:owner>')}) is not true", "")
    else:
        again = again.replace(f" and {mine}", "").replace(f" where {mine}", "")
    if name == "invoke":
        again = again.replace("security invoker", DEFINER)
    yield Wound("a function that does not ask who calls", again, (CALL,), f"<f:{name}>")


@st.composite
def parted(draw):
    """A table in partitions that clients reach through it alone."""
    owner, columns = draw(owners(sure=True)), draw(content(most=2))
    by, first, second, column = draw(
        st.sampled_from(
            [
                ("list", "in ('east')", "in ('west')", "text not null check (<c:at> in ('east', 'west'))"),
                ("range", "from (0) to (1000)", "from (1000) to (maxvalue)", "integer not null"),
                ("hash", "with (modulus 2, remainder 0)", "with (modulus 2, remainder 1)", "uuid not null"),
            ]
        )
    )
    table = Table(
        "<t:events>",
        (("<c:at>", column), ("<c:owner>", owner.definition), *columns),
        after=f"partition by {by} (<c:at>)",
    )
    guard = draw(guards("<t:events>", "events", owner.mine))
    parts = tuple(
        f"create table <t:part{place}> partition of <t:events> for values {bounds}"
        for place, bounds in enumerate((first, second))
    )
    shut = tuple(f"alter table <t:part{place}> enable row level security" for place in range(2))
    return Part(
        "parted",
        (table,),
        first=types(columns),
        code=parts,
        policies=(*guard.policies, *shut),
        proven=("<t:events>",),
        wounds=(
            *guard.wounds,
            Wound(
                "an open partition", "alter table <t:part0> disable row level security", (READ,), "<t:part0>"
            ),
        ),
    )


@st.composite
def documents(draw):
    """Rows whose owner stands in a document, or whose tenant stands in the caller's token."""
    key = draw(keys())
    columns = draw(content(most=2))
    caller = draw(CALLERS)
    if draw(st.booleans()):
        column = ("<c:data>", "jsonb not null")
        mine = f"<c:data> ->> 'owner_id' = {caller}::text"
        guard = draw(guards("<t:papers>", "papers", mine, sure=False))
        wounds = guard.wounds
    else:
        kind = draw(st.sampled_from(["uuid", "text", "bigint"]))
        cast = "" if kind == "text" else f"::{kind}"
        column = ("<c:of>", f"{kind} not null")
        token = draw(st.sampled_from(["auth.jwt()", "(select auth.jwt())"]))
        mine = f"<c:of> = ({token} -> 'app_metadata' ->> 'tenant_id'){cast}"
        guard = draw(guards("<t:papers>", "papers", mine, sure=False))
        forged = mine.replace("app_metadata", "user_metadata")
        wounds = (
            *guard.wounds,
            Wound(
                "a claim that its user may edit",
                f"create policy <p:forged> on <t:papers> for select using ({forged})",
                (READ,),
                "<t:papers>",
            ),
        )
    table = Table("<t:papers>", (("<c:id>", key), column, *columns))
    return Part(
        "documents",
        (table,),
        first=types(columns),
        policies=guard.policies,
        proven=("<t:papers>",),
        wounds=tuple(wounds),
    )


@st.composite
def logged(draw):
    """A table whose triggers keep its times, and write a log that its owner alone reads."""
    owner, key, columns = draw(owners(sure=True)), draw(keys()), draw(content(most=2))
    table = Table(
        "<t:orders>",
        (
            ("<c:id>", key),
            ("<c:owner>", owner.definition),
            ("<c:updated>", "timestamptz not null default now()"),
            *columns,
        ),
    )
    log = Table(
        "<t:log>",
        (
            ("<c:entry>", "bigint generated always as identity primary key"),
            ("<c:whose>", "uuid not null references auth.users"),
            ("<c:what>", "text not null"),
        ),
    )
    guard = draw(guards("<t:orders>", "orders", owner.mine))
    entry = (
        "begin insert into <t:log> (<c:whose>, <c:what>) values (coalesce(new.<c:owner>, old.<c:owner>)::uuid, "
        "tg_op); return coalesce(new, old); end"
    )
    stamp = "begin new.<c:updated> := now(); return new; end"
    triggers = (
        function("<f:stamp>", "", "trigger", stamp, "language plpgsql"),
        function("<f:enter>", "", "trigger", entry, f"language plpgsql {DEFINER}"),
        "create trigger <n:stamps> before update on <t:orders> for each row execute function <f:stamp>()",
        (
            "create trigger <n:enters> after insert or update or delete on <t:orders> "
            "for each row execute function <f:enter>()"
        ),
    )
    whose = f"<c:whose> = {draw(CALLERS)}"
    forge = Wound(
        "a log that anybody writes",
        "create policy <p:log_insert> on <t:log> for insert with check (true)",
        (PLACE,),
        "<t:log>",
    )
    return Part(
        "logged",
        (table, log),
        first=types(columns),
        policies=(
            *guard.policies,
            "alter table <t:log> enable row level security",
            policy("log_select", "<t:log>", "select", draw(TO), whose),
        ),
        last=triggers,
        proven=("<t:orders>", "<t:log>"),
        wounds=(*guard.wounds, forge),
    )


@st.composite
def ruled(draw):
    """What users own and administrators see as well; nobody makes himself one."""
    owner, key, columns = draw(owners(sure=True)), draw(keys()), draw(content(most=2))
    caller = draw(CALLERS)
    admins = Table("<t:admins>", (("<c:who>", "uuid primary key references auth.users"),))
    table = Table("<t:claims>", (("<c:id>", key), ("<c:owner>", owner.definition), *columns))
    admin = f"exists (select 1 from <t:admins> a where a.<c:who> = {caller})"
    guard = draw(guards("<t:claims>", "claims", owner.mine, read=f"{owner.mine} or {admin}"))
    return Part(
        "ruled",
        (admins, table),
        first=types(columns),
        policies=(
            *guard.policies,
            "alter table <t:admins> enable row level security",
            policy("admins_select", "<t:admins>", "select", draw(TO), f"<c:who> = {caller}"),
        ),
        proven=("<t:claims>",),
        wounds=(
            *guard.wounds,
            Wound(
                "anybody makes himself an administrator",
                f"create policy <p:promote> on <t:admins> for insert with check (<c:who> = {caller})",
                (ESCALATE,),
                "<t:admins>",
            ),
        ),
    )


@st.composite
def settled(draw):
    """Rows of tenants that an application names by a setting, on a plain server."""
    key = draw(st.sampled_from(["uuid", "bigint", "text"]))
    cast = "" if key == "text" else f"::{key}"
    columns = draw(content(most=3))
    told = draw(
        st.sampled_from(
            [
                f"nullif(current_setting('app.tenant_id', true), ''){cast}",
                f"(select nullif(current_setting('app.tenant_id', true), ''){cast})",
            ]
        )
    )
    rooted = draw(st.booleans())
    reference = " references <t:firms>" if rooted else ""
    firms = Table("<t:firms>", (("<c:firm>", f"{key} primary key"), ("<c:name>", "text not null")))
    table = Table(
        "<t:sales>",
        (("<c:id>", draw(keys())), ("<c:tenant>", f"{key} not null{reference}"), *columns),
    )
    guard = draw(guards("<t:sales>", "sales", f"<c:tenant> = {told}", sure=rooted))
    spoken = tuple(w for w in guard.wounds if "auth." not in w.sql and " anon " not in w.sql)
    roots = (
        "alter table <t:firms> enable row level security",
        policy("firms_select", "<t:firms>", "select", "", f"<c:firm> = {told}"),
    )
    grants = (
        "grant usage on schema <s:own> to readiness_app",
        "grant select, insert, update, delete on all tables in schema <s:own> to readiness_app",
        "grant usage on all sequences in schema <s:own> to readiness_app",
    )
    return Part(
        "settled",
        (firms, table) if rooted else (table,),
        first=types(columns),
        policies=tuple(
            sql.replace("to authenticated ", "")
            for sql in ((*roots, *guard.policies) if rooted else guard.policies)
        ),
        last=grants,
        proven=("<t:sales>",),
        wounds=spoken,
    )
