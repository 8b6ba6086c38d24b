"""Parts of sound schemas, each with what may be done to break it."""

from __future__ import annotations

from hypothesis import strategies as st
from pieces import (
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

BODY = "$body$"
DEFINER = "security definer set search_path = ''"


def function(name, arguments, returns, body, options="language sql stable"):
    return f"create function {name}({arguments}) returns {returns} {options} as {BODY} {body} {BODY}"


def closed(name, arguments):
    """Statements that leave a function to users who are signed in."""
    return (
        f"revoke all on function {name}({arguments}) from public, anon",
        f"grant execute on function {name}({arguments}) to authenticated",
    )


@st.composite
def personal(draw):
    """Rows with one owner."""
    owner, key, columns = draw(owners()), draw(keys()), draw(content())
    table = Table("<t:notes>", (("<c:id>", key), ("<c:owner>", owner.definition), *columns))
    guard = draw(guards("<t:notes>", "notes", owner.mine, sure=owner.sure))
    return Part(
        "personal",
        (table,),
        first=types(columns),
        policies=guard.policies,
        proven=("<t:notes>",),
        wounds=guard.wounds,
    )


@st.composite
def families(draw):
    """A parent with an owner, its child, and perhaps a grandchild."""
    owner, key = draw(owners(sure=True)), draw(keys())
    columns, below = draw(content(most=2)), draw(content(most=3))
    cascade = draw(st.sampled_from(["", " on delete cascade"]))
    reference = f"{key_type(key)} not null references <t:parents> (<c:id>){cascade}"
    parents = Table("<t:parents>", (("<c:id>", key), ("<c:owner>", owner.definition), *columns))
    children = Table(
        "<t:children>",
        (("<c:child_id>", "uuid primary key default gen_random_uuid()"), ("<c:parent>", reference), *below),
    )
    mine = owner.mine.replace("<c:owner>", "p.<c:owner>")
    under = draw(
        st.sampled_from(
            [
                f"exists (select 1 from <t:parents> p where p.<c:id> = <c:parent> and {mine})",
                f"<c:parent> in (select p.<c:id> from <t:parents> p where {mine})",
                f"exists (select from <t:parents> p where p.<c:id> = <t:children>.<c:parent> and {mine})",
            ]
        )
    )
    above = draw(guards("<t:parents>", "parents", owner.mine))
    guard = draw(guards("<t:children>", "children", under))
    alone = f"exists (select 1 from <t:parents> p where {mine})"
    loose = Wound(
        "a subquery that is not correlated",
        f"create policy <p:children_loose> on <t:children> for select using ({alone})",
        (READ,),
        "<t:children>",
    )
    return Part(
        "family",
        (parents, children),
        first=types((*columns, *below)),
        policies=(*above.policies, *guard.policies),
        proven=("<t:parents>", "<t:children>"),
        wounds=(*above.wounds, *guard.wounds, loose),
    )


@st.composite
def tenancies(draw):
    """Tenants, their members, and what belongs to a tenant."""
    key = draw(st.sampled_from(["uuid", "bigint"]))
    own = f"{key} primary key" + (" default gen_random_uuid()" if key == "uuid" else "")
    user = draw(owners("<c:member>", sure=True))
    columns = draw(content(most=3))
    tenants = Table("<t:tenants>", (("<c:id>", own), ("<c:name>", "text not null")))
    pair = draw(st.sampled_from(["primary key", "unique"]))
    members = Table(
        "<t:members>",
        (
            ("<c:tenant>", f"{key} not null references <t:tenants>"),
            ("<c:member>", user.definition),
            ("<c:rank>", "text not null default 'member' check (<c:rank> in ('admin', 'member'))"),
        ),
        (f"{pair} (<c:tenant>, <c:member>)",),
    )
    docs = Table(
        "<t:docs>",
        (
            ("<c:doc>", "uuid primary key default gen_random_uuid()"),
            ("<c:of>", f"{key} not null references <t:tenants>"),
            *columns,
        ),
    )
    mine = user.mine.replace("<c:member>", "m.<c:member>")
    style = draw(st.sampled_from(["function", "set", "exists"]))
    code, belongs, unchecked = _belongs(style, key, mine)
    guard = draw(guards("<t:docs>", "docs", belongs.format("<c:of>")))
    to = draw(TO)
    policies = (
        "alter table <t:tenants> enable row level security",
        "alter table <t:members> enable row level security",
        policy("tenants_select", "<t:tenants>", "select", to, belongs.format("<t:tenants>.<c:id>")),
        policy("members_select", "<t:members>", "select", to, user.mine),
        *guard.policies,
    )
    joining = (
        Wound(
            "anybody joins any tenant",
            f"create policy <p:join> on <t:members> for insert with check ({user.mine})",
            (ESCALATE, PLACE),
            "<t:members>",
        ),
        Wound(
            "a membership is moved by its holder",
            f"create policy <p:move> on <t:members> for update using ({user.mine}) with check ({user.mine})",
            (ESCALATE, PLACE),
            "<t:members>",
        ),
    )
    return Part(
        "tenancy",
        (tenants, members, docs),
        first=types(columns),
        code=code,
        policies=policies,
        proven=("<t:tenants>", "<t:members>", "<t:docs>"),
        wounds=(*guard.wounds, *joining, *unchecked),
    )


def _belongs(style, key, mine):
    """Return functions, the condition that a tenant is the caller's, and how the function is wounded."""
    if style == "exists":
        inside = f"exists (select 1 from <t:members> m where m.<c:tenant> = {{}} and {mine})"
        return (), inside, ()
    if style == "set":
        body = f"select m.<c:tenant> from <t:members> m where {mine}"
        make = function("<f:mine>", "", f"setof {key}", body, f"language sql stable {DEFINER}")
        return (make,), "{} in (select <f:mine>())", ()
    body = "select exists (select 1 from <t:members> m where m.<c:tenant> = $1 and {})"
    make = function(
        "<f:belongs>", f"asked {key}", "boolean", body.format(mine), f"language sql stable {DEFINER}"
    )
    loose = make.replace(mine, "m.<c:member> is not null").replace("create", "create or replace", 1)
    wound = Wound("membership without the caller", loose, (READ,), "<t:docs>")
    return (make,), "<f:belongs>({})", (wound,)


@st.composite
def catalogues(draw):
    """Reference data, which everybody may read and nobody owns."""
    columns = draw(content(most=3))
    key = draw(st.sampled_from(["text primary key", "smallint primary key", "serial primary key"]))
    to = draw(st.sampled_from(["to anon, authenticated ", ""]))
    table = Table("<t:goods>", (("<c:code>", key), *columns))
    return Part(
        "catalogue",
        (table,),
        first=types(columns),
        policies=(
            "alter table <t:goods> enable row level security",
            policy("goods_select", "<t:goods>", "select", to, "true"),
        ),
    )


@st.composite
def posts(draw):
    """Rows that their owner may publish."""
    owner, key, columns = draw(owners(sure=True)), draw(keys()), draw(content(most=2))
    column, shown = draw(
        st.sampled_from(
            [
                ("boolean not null default false", "<c:published>"),
                (
                    "text not null default 'draft' check (<c:published> in ('draft', 'published'))",
                    "<c:published> = 'published'",
                ),
                ("timestamptz", "<c:published> is not null and <c:published> < now()"),
            ]
        )
    )
    table = Table(
        "<t:posts>",
        (("<c:id>", key), ("<c:owner>", owner.definition), ("<c:published>", column), *columns),
    )
    guard = draw(guards("<t:posts>", "posts", owner.mine, read=f"{shown} or {owner.mine}"))
    return Part(
        "posts",
        (table,),
        first=types(columns),
        policies=guard.policies,
        proven=("<t:posts>",),
        wounds=guard.wounds,
    )


@st.composite
def messages(draw):
    """Rows that name two people."""
    caller = draw(CALLERS)
    columns = draw(content(most=3))
    references = "uuid not null references auth.users"
    table = Table(
        "<t:messages>",
        (
            ("<c:id>", draw(keys())),
            ("<c:sender>", references),
            ("<c:receiver>", references),
            *columns,
        ),
        ("check (<c:sender> <> <c:receiver>)",) if draw(st.booleans()) else (),
    )
    either = draw(
        st.sampled_from(
            [
                f"{caller} in (<c:sender>, <c:receiver>)",
                f"<c:sender> = {caller} or <c:receiver> = {caller}",
            ]
        )
    )
    guard = draw(
        guards("<t:messages>", "messages", f"<c:sender> = {caller}", read=either, verbs=("insert", "delete"))
    )
    return Part(
        "messages",
        (table,),
        first=types(columns),
        policies=guard.policies,
        proven=("<t:messages>",),
        wounds=guard.wounds,
    )
