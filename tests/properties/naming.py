"""Names for schemas: as people choose them, and as nobody should."""

from __future__ import annotations

from hypothesis import strategies as st
from schemas import Names, Part, System
from sound import catalogues, families, messages, personal, posts, tenancies
from sound_code import documents, logged, parted, ruled, served, settled, viewed

MOST_BYTES = 63
APP_ROLE = "readiness_app"

_COLUMNS = {
    "id": ("id", "uuid", "pk"),
    "owner": ("user_id", "owner_id", "owner", "author_id", "customer_id", "created_by"),
    "sender": ("sender_id", "from_user"),
    "receiver": ("recipient_id", "to_user"),
    "tenant": ("tenant_id", "org_id", "team_id", "clinic_id"),
    "member": ("user_id", "member_id", "profile_id"),
    "rank": ("role", "rank", "access_level"),
    "of": ("tenant_id", "workspace_id", "company_id"),
    "published": ("published", "is_public", "status", "visible_from"),
    "name": ("name", "title"),
    "data": ("data", "payload", "document"),
    "code": ("code", "sku", "iso"),
    "whose": ("user_id", "owner_id"),
    "who": ("user_id", "admin_id"),
    "parent": ("parent_id", "order_id", "case_id"),
}
_CONTENT = (
    *("title", "body", "note", "amount", "total", "phone", "address", "kind", "state", "level", "label"),
    *("remarks", "secret", "details", "starts", "count", "rating", "currency", "iban", "birthday", "color"),
)
_TABLES = (
    *("notes", "payments", "orders", "invoices", "patients", "visits", "projects", "tasks", "files", "cars"),
    *(
        "wallets",
        "letters",
        "recipes",
        "trips",
        "leads",
        "tickets",
        "photos",
        "samples",
        "contracts",
        "plans",
    ),
    *("teams", "clinics", "groups", "team_members", "staff", "events", "audit_log", "countries", "prices"),
)
HOSTILE = (
    'We"ird', '""', "it's", "50%", "%s", "%(name)s", "%I", "select", "user", "table", "order", "t", "f", "q", "row",
    "id", "x" * MOST_BYTES, "é" * 31, "Ünïcödé", "名前", "😀", "a.b", "a b", " ", "; drop table x; --", "\\", "\\'",
    "$1", "$$", "{0}", "{}", "/*", "--", "?", "!", "a\nb", "\t", "0", "NULL", "null", "true", "E'", ":name", "@",
    "auth", "public", "new", "old", "\uff21\uff22", "ё", "a\u0301", "\u202eabc", "UPPER", "camelCase", "trailing ", "canary-",
)  # fmt: skip
_UNUSABLE = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "held"})


def _usable(text):
    return 0 < len(text.encode()) <= MOST_BYTES and text not in _UNUSABLE and "$body$" not in text


_LETTERS = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")
HOSTILE_NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(_LETTERS, min_size=1, max_size=40)).filter(
    _usable
)
PLAIN_NAMES = st.from_regex(r"[a-z][a-z_]{1,8}[a-z]", fullmatch=True).map(lambda text: f"{text}_x")


@st.composite
def named(draw, part: Part, taken: set[str], *, hostile=False, schema="public"):
    """Name everything in a part, no two things alike."""
    inside: set[str] = set()
    words = {}
    for kind, word in part.tokens():
        if kind == "s":
            continue
        used = taken if kind in "tvfy" else inside
        pool = HOSTILE_NAMES if hostile else _ordinary(kind, word)
        words[kind, word] = _other(draw(pool), used)
        used.add(words[kind, word])
    return Names(schema, words)


def _ordinary(kind, word):
    if kind == "c":
        return st.sampled_from(_COLUMNS.get(word, _CONTENT if word.startswith("content") else (word,)))
    return st.sampled_from(_TABLES) if kind == "t" else st.just(word)


def _other(name, used):
    """Return the name, or one like it that is not used yet."""
    serial, found = 2, name
    while found in used:
        end = f"_{serial}"
        found = name.encode()[: MOST_BYTES - len(end)].decode(errors="ignore") + end
        serial += 1
    return found


OWNED = st.one_of(
    personal(), families(), tenancies(), posts(), messages(), viewed(), served(), parted(), documents(),
    logged(), ruled(),
)  # fmt: skip
PARTS = OWNED | catalogues()


@st.composite
def systems(draw, *, most=3, hostile=None, parts=PARTS):
    """A sound system on Supabase."""
    chosen = draw(st.lists(parts, min_size=1, max_size=most))
    odd = draw(st.booleans()) if hostile is None else hostile
    taken: set[str] = set()
    return System(tuple((part, draw(named(part, taken, hostile=odd))) for part in chosen))


@st.composite
def plain_systems(draw, *, hostile=None):
    """A sound system on a server without a platform, whose application declares how it names tenants."""
    odd = draw(st.booleans()) if hostile is None else hostile
    part = draw(settled())
    schema = draw(HOSTILE_NAMES if odd else st.sampled_from(["public", "app", "sales"]))
    schema = f"x{schema}"[:20] if schema.startswith("pg_") else schema
    return on_plain_server(part, draw(named(part, set(), hostile=odd, schema=schema)))


def on_plain_server(part: Part, names: Names) -> System:
    """Return the system in which an application's role sets the tenant."""
    from pytest_readiness.settings import Isolation, Session

    session = Session(APP_ROLE, "select set_config('app.tenant_id', %(tenant)s, true)")
    return System(
        ((part, names),),
        {"profile": "postgres", "isolation": Isolation(session=session), "migrations_as": "superuser"},
        before=f"create role {APP_ROLE} nologin",
    )
