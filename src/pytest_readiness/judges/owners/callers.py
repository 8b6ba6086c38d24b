"""Which columns the target's SQL compares with the caller: a hint on who owns, never on what is safe."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.owners.domains import compared, given, passed_on
from pytest_readiness.judges.owners.folders import begun
from pytest_readiness.judges.owners.grantees import SETTING
from pytest_readiness.judges.owners.helpers import given_to, helpers
from pytest_readiness.judges.owners.sessions import stand_for
from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.lexis import last_name, name_of, plain, word
from pytest_readiness.judges.sql.nouns import TENANT_WORD, USER_WORD
from pytest_readiness.judges.sql.requests import HEADER, claims_in
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation
    from pytest_readiness.judges.sql.texts import Texts

    _Scan = Callable[[str], tuple[re.Match[str], ...]]

_COLUMN = r"(?:(?:\w+\.)?(?P<{0}_of>\w+)\.)?(?P<{0}>\w+)"
_CAST = r"\)*(?:::[\w ]+?)?\)*"
_EQUALS = r"\s*(?:=|i?like|~~\*?|is not distinct from|<@|@>|= ?any)\s*"
_LEFT, _RIGHT = rf"(?<![\w.]){_COLUMN.format('left')}", _COLUMN.format("right")
PAIR = re.compile(rf"{_LEFT}{_CAST}{_EQUALS}\(*{_RIGHT}(?![\w.(])", re.IGNORECASE)
IN = re.compile(
    rf"{_LEFT}\)*\s*(?:in|= ?any|=)\s*\(+\s*select\s+(?:distinct\s+)?(?:(?:lower|trim|btrim)\s*)?\(*{_RIGHT}",
    re.IGNORECASE,
)
_INTO = re.compile(
    r"(?:\b(?!(?:declare|begin|then|else|loop)\b)(?P<set>\w+)(?:\s+[a-z][\w ]*?)?"
    r"\s*(?::=|\bdefault\b)\s*\(\s*)?\bselect\s+(?:(?:lower|upper|trim|btrim)\s*\(\s*)*"
    rf"{_COLUMN.format('column')}\)*(?:::[\w ]+?)?"
    r"(?:\s+into\s+(?:strict\s+)?(?P<into>\w+))?\s+from\b",
    re.IGNORECASE,
)
"""What reads a column into a variable."""

_ASKING = re.compile(r"auth\.(uid|jwt|email)\(\)|current_setting\(|current_user|session_user", re.IGNORECASE)
READ = re.compile(r"current_setting\s*\(\s*'([\w.]+)'", re.IGNORECASE)
_PRESENTED = re.compile(r"request\.(headers?|cookies?|path|method)", re.IGNORECASE)
"""What a caller brings along, such as a token: who he is it does not say."""

_SESSION = re.compile(r"current_user|session_user", re.IGNORECASE)
_LOOKED_UP = re.compile(
    r"\bselect\s+(?:distinct\s+)?(?:(?:lower|trim|btrim)\s*\(\s*)?(?:\w+\.)?(?P<column>\w+)\)?\s+(?:into\s+\w+\s+)?from\s+(?:\w+\.)?(?P<table>\w+)",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(^|_)e?_?mail(_?address)?$", re.IGNORECASE)
_KEY_NAME = re.compile(r"(_|(?<=[a-z]))(id|uuid|key|slug|code)$", re.IGNORECASE)
_RANK = re.compile(r"role|admin|rank|plan(?![ent])|tier|level|status|perm|scope|(?<!c)count", re.IGNORECASE)
_PART = re.compile(r"split|substr|regexp|position|'@", re.IGNORECASE)
"""What takes an address apart: its domain is no address."""

_SIGNED_IN = frozenset({"sub", "email", "phone", "aal", "session_id", "is_anonymous"})
"""Claims that say who somebody is, or how he signed in."""

_SPACE = re.compile(r"\s+")
_NO_ANSWER = frozenset({"", "void", "trigger", "record"})
_SCALARS = frozenset({"uuid", "text", "character varying", "bigint", "integer", "name"})


@dataclass(frozen=True, slots=True)
class Hints:
    """What the texts say of columns, each as (relation, column).

    Attributes:
        callers: Columns that are compared with the caller, and whom they name.
        pairs: Columns that are compared with each other.
        looked_up: Columns that functions without arguments look up for the caller.
        asked: Columns that functions compare with an argument, to tell whether a caller is there, or as what.
        begun: Texts of which only the beginning names something, and the mark that ends it: paths.
        leading: Columns of which the beginning at least is compared with the caller, and whom it names.
        through: Columns that are compared with what functions without arguments look up, with these.
        carried: Columns that are compared with what was put into a variable before, with these.
    """

    callers: dict[tuple[str, str], Who]
    pairs: frozenset[tuple[tuple[str, str], tuple[str, str]]]
    looked_up: frozenset[tuple[str, str]] = frozenset()
    asked: frozenset[tuple[str, str]] = frozenset()
    begun: dict[tuple[str, str], str] = field(default_factory=dict)
    through: frozenset[tuple[tuple[str, str], tuple[str, str]]] = frozenset()
    leading: dict[tuple[str, str], Who] = field(default_factory=dict)
    carried: frozenset[tuple[tuple[str, str], tuple[str, str]]] = frozenset()


@lru_cache(maxsize=4)
def hints_of(catalog: CatalogEvidence) -> Hints:
    """Read all policies, views and function bodies of a catalog once."""
    return hints(catalog, texts_of(catalog))


def hints(catalog: CatalogEvidence, texts: Texts) -> Hints:
    """Read all policies, views and function bodies."""
    stands = _settings(catalog)
    identity = _identity_functions(catalog, stands)
    callers: dict[tuple[str, str], Who] = {}
    sessions: dict[tuple[str, str], Who] = {}
    pairs: set[tuple[tuple[str, str], tuple[str, str]]] = set()
    paths: dict[tuple[str, str], str] = {}
    leading: dict[tuple[str, str], Who] = {}
    carried: set[tuple[tuple[str, str], tuple[str, str]]] = set()
    comparisons = _scanner(comparisons_with(caller_pattern(identity)))
    ends = given(catalog)

    def whom(caller: str) -> Who:
        return _whom(caller, identity, stands)

    for scope, text in _scoped(catalog):
        said = _SPACE.sub(" ", plain(text))
        names = Names(catalog, texts, scope, said)
        for place in _domains(names, said, ends):
            callers.setdefault(place, Who.DOMAIN)
        for caller, place, who in _compared(names, said, comparisons, whom):
            # A claim says more than the role of the session, which all users of an API share.
            (sessions if _SESSION.search(caller) else callers).setdefault(place, who)
        whole, (said, marks) = said, begun(said)
        for column, mark in marks.items():
            of, _, name = column.rpartition(".")
            paths |= dict.fromkeys(names.places(of.rpartition(".")[2], name), mark)
        for _, place, who in _compared(names, said, comparisons, whom) if said != whole else ():
            leading.setdefault(place, who)
        pairs |= {*_paired(names, said)}
        carried |= {*_carried(names, said)}
    for place, who in _given_to_helpers(catalog, texts, comparisons, whom):
        callers.setdefault(place, who)
    return Hints(
        sessions | callers,
        frozenset(pairs),
        frozenset(_looked_up(catalog, texts, identity)),
        frozenset(_asked(catalog, texts)),
        paths,
        frozenset(_through(catalog, texts)),
        leading,
        frozenset(carried),
    )


def _scanner(patterns: Iterable[re.Pattern[str]]) -> _Scan:
    """Return what finds patterns in a text, each text once: many policies say the same of their tables."""
    every = tuple(patterns)

    @cache
    def scan(text: str) -> tuple[re.Match[str], ...]:
        return tuple(found for pattern in every for found in pattern.finditer(text))

    return scan


def _compared(
    names: Names, text: str, comparisons: _Scan, whom: Callable[[str], Who]
) -> Iterator[tuple[str, tuple[str, str], Who]]:
    """Yield what a text compares columns with, each of these columns, and whom that names."""
    for found in comparisons(text):
        for place in names.places(found["column_of"], found["column"], found.start("column")):
            if _says_rank(found["caller"]):
                continue
            if not _PRESENTED.search(found["caller"]):
                yield found["caller"], place, whom(found["caller"])
            elif _chooses_tenant(text[found.start("caller") :], place[1]):
                yield found["caller"], place, Who.TENANT


def _given_to_helpers(
    catalog: CatalogEvidence,
    texts: Texts,
    comparisons: _Scan,
    whom: Callable[[str], Who],
) -> Iterator[tuple[tuple[str, str], Who]]:
    """Yield the columns that texts give to functions which compare them with a claim, and whom these name."""

    def claimed(text: str) -> Iterator[tuple[str, str, Who]]:
        sources = Names(catalog, texts, None, text)
        for found in comparisons(text):
            caller, of, name = found["caller"], found["column_of"] or "", found["column"]
            read = [claim for claim in claims_in([caller]) if claim.name not in _SIGNED_IN]
            if read and not (_says_rank(caller) or any(sources.places(of, name))):
                yield of, name, whom(caller)

    known = helpers(catalog, claimed)
    for scope, text in _scoped(catalog) if known else ():
        said = _SPACE.sub(" ", plain(text))
        names = Names(catalog, texts, scope, said)
        for of, name, who in given_to(said, known):
            yield from ((place, who) for place in names.places(of, name))


def _says_rank(caller: str) -> bool:
    """Whether a text reads of a token what somebody may, in a document of the application's own."""
    return any(claim.within and _RANK.search(claim.name) for claim in claims_in([caller]))


def _chooses_tenant(presented: str, column: str = "") -> bool:
    """Whether a caller says by a header in whose name he asks: what is called otherwise may be a token.

    Args:
        presented: What a text reads of the request, and what follows.
        column: What it compares with that.
    """
    header = HEADER.match(presented[presented.find("'") :])
    called = [header[1].replace("-", "_"), column] if header else []
    return any(TENANT_WORD.search(name) for name in called)


def _paired(names: Names, text: str) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Yield the columns that a text compares with each other, both ways."""
    for found in (*PAIR.finditer(text), *IN.finditer(text)):
        for left in names.places(found["left_of"], found["left"], found.start("left")):
            for right in names.places(found["right_of"], found["right"], found.start("right")):
                if left != right:
                    yield from ((left, right), (right, left))


def _carried(names: Names, text: str) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Yield the columns that a text compares with a variable, each with where this was read."""
    for read in _INTO.finditer(text):
        variable = re.escape(read["into"] or read["set"] or "")
        if not variable:
            continue
        asked = rf"{_LEFT}{_CAST}{_EQUALS}\(*(?:\w+\s*\(\s*)?{variable}(?!\w)"
        asking = rf"(?<![\w.]){variable}{_CAST}{_EQUALS}\(*(?:\w+\s*\(\s*)?{_RIGHT}(?![\w.(])"
        sources = [*names.places(read["column_of"], read["column"])]
        for pattern, side in ((asked, "left"), (asking, "right")):
            for found in re.finditer(pattern, text, re.IGNORECASE):
                places = names.places(found[f"{side}_of"], found[side])
                yield from ((place, source) for place in places for source in sources if place != source)


def _settings(catalog: CatalogEvidence) -> dict[str, str]:
    """Return what each setting holds that policies or functions read."""
    texts = [_SPACE.sub(" ", plain(text)) for _, text in _scoped(catalog)]
    names = dict.fromkeys(name for text in texts for name in SETTING.findall(text) if not _RANK.search(name))
    return stand_for(names, texts)


def _asked(catalog: CatalogEvidence, texts: Texts) -> Iterator[tuple[str, str]]:
    conditions = (text for r in catalog.relations for p in r.policies for text in (p.using, p.check))
    called = {function.signature for function in texts.named_functions(conditions)}
    for function in catalog.functions:
        # What else policies ask with an argument says what somebody may there: a rank.
        answers = function.returns == "boolean" or (
            function.signature in called and function.returns not in _NO_ANSWER and not function.columns
        )
        if not function.arguments or not answers or not _asks(function):
            continue
        said = _SPACE.sub(" ", plain(function.body))
        sources = Names(catalog, texts, None, said)
        given = "|".join(word(argument.name) for argument in function.arguments if argument.name)
        argument = rf"(?:\$\d+|(?:\w+\.)?(?:{given or '(?!)'}))(?!\w)"
        column = _COLUMN.format("column")
        either = (
            rf"(?<![\w.]){column}{_CAST}\s*=\s*\(*{argument}",
            rf"(?<![\w.$]){argument}{_CAST}\s*=\s*\(*{column}(?![\w.(])",
        )
        for pattern in either:
            for found in re.finditer(pattern, said, re.IGNORECASE):
                yield from sources.places(found["column_of"], found["column"])


def _domains(names: Names, text: str, ends: dict[str, frozenset[int]]) -> Iterator[tuple[str, str]]:
    """Yield the columns that a text compares with the domain of the caller's address."""
    for qualifier, column in (*compared(text), *passed_on(text, ends)):
        yield from names.places(qualifier, column)


def _looked_up(catalog: CatalogEvidence, texts: Texts, identity: dict[str, Who]) -> Iterator[tuple[str, str]]:
    for function in catalog.functions:
        found = _LOOKED_UP.search(_SPACE.sub(" ", plain(function.body)))
        who = identity.get(last_name(function.name))
        if function.arguments or not found or who in {None, Who.EMAIL}:
            continue
        for name in texts.named(name_of(found["table"])):
            yield name, name_of(found["column"])


def _through(catalog: CatalogEvidence, texts: Texts) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Yield the columns that are compared with what functions without arguments look up, with these."""
    looked: dict[str, tuple[str, str]] = {}
    for function in catalog.functions:
        found = _LOOKED_UP.search(_SPACE.sub(" ", plain(function.body)))
        if found and not function.arguments:
            for name in texts.named(name_of(found["table"])):
                looked[last_name(function.name)] = (name, name_of(found["column"]))
    comparisons = comparisons_with(caller_pattern(dict.fromkeys(looked, Who.USER))) if looked else ()
    for scope, text in _scoped(catalog) if looked else ():
        said = _SPACE.sub(" ", plain(text))
        names = Names(catalog, texts, scope, said)
        for found in (found for pattern in comparisons for found in pattern.finditer(said)):
            places = [*names.places(found["column_of"], found["column"], found.start("column"))]
            meant = [
                of for one, of in looked.items() if re.search(rf"(?<!\w){word(one)}\(\)", found["caller"])
            ]
            yield from ((place, of) for place in places for of in meant)


def comparisons_with(caller: str) -> tuple[re.Pattern[str], ...]:
    """Return patterns of a comparison with the caller, who stands on either side or holds the column."""
    column = _COLUMN.format("column")
    by, called = rf"(?<![\w.']){column}{_CAST}", rf"(?P<caller>{caller})"
    text = r"(?:concat\s*\(\s*)?'[^']*'(?:::text)?\s*(?:\|\||,)"
    document = r"(?:to_jsonb?|jsonb_build_array)\s*\("
    patterns = (
        rf"{by}{_EQUALS}\(*{called}",
        rf"{called}{_EQUALS}(?:any\s*)?\(*{column}(?![\w.(])",
        rf"position\s*\(\s*\(*{by}\s+in\s+\(*{called}",
        rf"strpos\s*\(\s*{called}\s*,\s*\(*{column}(?![\w.(])",
        rf"{called}\s*(?:i?like|~~?\*?)\s*\(*\s*{text}\s*\(*{column}(?![\w.(])",
        rf"{called}\s*(?:@>\s*\(*{document}|\?)\s*\(*{column}(?![\w.(])",
        rf"{document}\s*{by}\s*<@\s*\(*{called}",
    )
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def caller_pattern(identity: Collection[str]) -> str:
    """Return a pattern of expressions that stand for whoever calls."""
    own = "|".join(word(name) for name in sorted(identity, key=len, reverse=True))
    functions = rf"|(?:\w+\.)?(?:{own})\(\)" if own else ""
    named = r"(?:\s+as\s+\w+)?"  # a subquery of its own has its column named
    key = rf"{named}\)*\s*->>?\s*'[\w-]+'(?:::text)?"
    value = (
        rf"(?:auth\.(?:uid|email)\(\)|auth\.jwt\(\)(?:{key})+|current_user|session_user"
        rf"|(?:pg_catalog\.)?current_setting\([^)]*\)(?:{named}\)*(?:::jsonb?)?(?:{key}))*{functions})"
    )
    made = r"(?:nullif|lower|upper|trim|btrim|coalesce|string_to_array|regexp_split_to_array|unnest)\s*\(\s*"
    opened = rf"(?:{made})*\(*\s*(?:select\s+)?\(*(?:{made})*\(*"
    return rf"{opened}{value}{_CAST}(?:\s*,\s*''(?:::text)?\))?(?:\s+as\s+\w+)?{_CAST}"


def _whom(expression: str, identity: dict[str, Who], stands: dict[str, str]) -> Who:
    for name, who in identity.items():
        if re.search(rf"(?<!\w){word(name)}\(\)", expression):
            return who
    names = re.findall(r"'([\w.-]+)'", expression)
    if names and stands.get(names[0]):
        return Who(stands[names[0]])
    last = names[-1].rpartition(".")[2] if names else ""
    if "auth.email()" in expression or last == "email":
        return Who.EMAIL
    own = "auth.uid()" in expression or _SESSION.search(expression) or USER_WORD.search(last)
    return Who.USER if own else Who.TENANT


def _identity_functions(catalog: CatalogEvidence, stands: dict[str, str]) -> dict[str, Who]:
    """Return functions without arguments that say who the caller is, by their plain name."""
    found = {}
    for function in catalog.functions:
        if function.arguments or function.returns not in _SCALARS or not _asks(function):
            continue
        name = last_name(function.name)
        who = _returned(function, catalog) or _made(function, stands) or _named_like(name, function)
        if who:
            found[name] = who
    return found


def _made(function: Function, stands: dict[str, str]) -> Who | None:
    """Tell from the setting or claim that a function returns: what it is called is its author's affair."""
    found = READ.search(plain(function.body))
    whom = stands.get(found[1], "") if found else ""
    presented = found and _PRESENTED.search(found[1])
    read = {claim.name for claim in claims_in([function.body])} if not presented else set()
    if not whom and read == {"email"} and not _PART.search(plain(function.body)):
        return Who.EMAIL
    if not whom and len(read) == 1 and not (_RANK.search(name := read.pop()) or name in _SIGNED_IN):
        return None if USER_WORD.search(name) else Who.TENANT
    return Who(whom) if whom else None


def _named_like(name: str, function: Function) -> Who | None:
    """Tell from its name, or from that of the setting that it returns, which alone says nothing of users."""
    if _RANK.search(name):
        return None
    if TENANT_WORD.search(name) and not USER_WORD.search(name):
        return Who.TENANT
    found = READ.search(plain(function.body))
    if found and _PRESENTED.search(found[1]):
        return Who.TENANT if _chooses_tenant(plain(function.body)[found.start() :]) else None
    said = USER_WORD.search(name) or (found and USER_WORD.search(found[1].rpartition(".")[2]))
    return Who.USER if said or not found else Who.TENANT


def _returned(function: Function, catalog: CatalogEvidence) -> Who | None:
    """Tell from the column that a function looks up for the caller; None where that says nothing."""
    found = _LOOKED_UP.search(_SPACE.sub(" ", plain(function.body)))
    if not found:
        return None
    column, table = name_of(found["column"]), name_of(found["table"])
    if _MAIL.search(column):
        return Who.EMAIL
    if USER_WORD.search(column):
        return Who.USER
    if _KEY_NAME.search(column) and not _RANK.search(column):
        return Who.TENANT
    if column == "id":
        return Who.TENANT if TENANT_WORD.search(table) else None
    return Who.TENANT if _refers(catalog, table, column) and not _RANK.search(column) else None


def _refers(catalog: CatalogEvidence, table: str, column: str) -> bool:
    """Whether a column refers to rows that are told apart by something else than a user's key."""
    return any(
        key.columns == (column,) and not key.target.startswith("auth.")
        for relation in catalog.relations
        if relation.table == table
        for key in relation.foreign_keys
    )


def _asks(function: Function) -> bool:
    return bool(_ASKING.search(plain(function.body)))


def _scoped(catalog: CatalogEvidence) -> Iterator[tuple[Relation | None, str]]:
    """Yield each text with the relation whose columns it names without saying so."""
    for relation in catalog.relations:
        for policy in relation.policies:
            yield relation, policy.using
            yield relation, policy.check
        if relation.view:
            yield None, relation.view
    for function in catalog.functions:
        yield None, function.body
