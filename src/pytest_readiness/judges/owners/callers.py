"""Which columns the target's SQL compares with the caller: a hint on who owns, never on what is safe."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.owners.domains import compared, given, passed_on
from pytest_readiness.judges.owners.folders import begun
from pytest_readiness.judges.owners.given_paths import given_paths
from pytest_readiness.judges.owners.grantees import SETTING
from pytest_readiness.judges.owners.helpers import given_to, helpers
from pytest_readiness.judges.owners.identities import (
    LOOKED_UP,
    PRESENTED,
    SESSION,
    SIGNED_IN,
    Caller,
    asks,
    caller_pattern,
    chooses_tenant,
    identity_functions,
    looks_up,
    says_rank,
)
from pytest_readiness.judges.owners.sessions import stand_for
from pytest_readiness.judges.owners.tenants_by_reference import led_to
from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.comparisons import (
    CAST,
    COLUMN,
    EQUALS,
    IN,
    LEFT,
    PAIR,
    RIGHT,
    comparisons_with,
    folded,
)
from pytest_readiness.judges.sql.lexis import last_name, name_of, plain, word
from pytest_readiness.judges.sql.nouns import RANK
from pytest_readiness.judges.sql.requests import claims_in
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.judges.sql.texts import Texts

    _Scan = Callable[[str], tuple[re.Match[str], ...]]

_INTO = re.compile(
    r"(?:\b(?!(?:declare|begin|then|else|loop)\b)(?P<set>\w+)(?:\s+[a-z][\w ]*?)?"
    r"\s*(?::=|\bdefault\b)\s*\(\s*)?\bselect\s+(?:(?:lower|upper|trim|btrim)\s*\(\s*)*"
    rf"{COLUMN.format('column')}\)*(?:::[\w ]+?)?"
    r"(?:\s+into\s+(?:strict\s+)?(?P<into>\w+))?\s+from\b",
    re.IGNORECASE,
)
"""What reads a column into a variable."""

_SPACE = re.compile(r"\s+")
_NO_ANSWER = frozenset({"", "void", "trigger", "record"})


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
        caller: What stands for the caller in all of them.
    """

    callers: dict[tuple[str, str], Who]
    pairs: frozenset[tuple[tuple[str, str], tuple[str, str]]]
    looked_up: frozenset[tuple[str, str]] = frozenset()
    asked: frozenset[tuple[str, str]] = frozenset()
    begun: dict[tuple[str, str], str] = field(default_factory=dict)
    through: frozenset[tuple[tuple[str, str], tuple[str, str]]] = frozenset()
    leading: dict[tuple[str, str], Who] = field(default_factory=dict)
    carried: frozenset[tuple[tuple[str, str], tuple[str, str]]] = frozenset()
    caller: Caller = field(default_factory=Caller)


@lru_cache(maxsize=4)
def hints_of(catalog: CatalogEvidence) -> Hints:
    """Read all policies, views and function bodies of a catalog once."""
    return hints(catalog, texts_of(catalog))


def hints(catalog: CatalogEvidence, texts: Texts) -> Hints:
    """Read all policies, views and function bodies."""
    stands = _settings(catalog)
    functions = identity_functions(catalog, stands)
    looking = (last_name(one.name) for one in catalog.functions if looks_up(one))
    caller = Caller(functions, stands, frozenset(looking) & functions.keys())
    callers: dict[tuple[str, str], Who] = {}
    sessions: dict[tuple[str, str], Who] = {}
    pairs: set[tuple[tuple[str, str], tuple[str, str]]] = set()
    paths: dict[tuple[str, str], str] = {}
    leading: dict[tuple[str, str], Who] = {}
    carried: set[tuple[tuple[str, str], tuple[str, str]]] = set()
    comparisons = _scanner(comparisons_with(caller.pattern))
    ends = given(catalog)
    for scope, text in _scoped(catalog):
        said = _SPACE.sub(" ", plain(text))
        names = Names(catalog, texts, scope, said)
        for place in _domains(names, said, ends):
            callers.setdefault(place, Who.DOMAIN)
        for asked, place, who in _compared(names, said, comparisons, caller.whom):
            # A claim says more than the role of the session, which all users of an API share.
            (sessions if SESSION.search(asked) else callers).setdefault(place, who)
        whole, (said, marks) = said, begun(said)
        for column, mark in marks.items():
            of, _, name = column.rpartition(".")
            paths |= dict.fromkeys(names.places(of.rpartition(".")[2], name), mark)
        for _, place, who in _compared(names, said, comparisons, caller.whom) if said != whole else ():
            leading.setdefault(place, who)
        pairs |= {*_paired(names, said), *_paired(names, folded(said))}
        carried |= {*_carried(names, said)}
    for place, who in _given_to_helpers(catalog, texts, comparisons, caller.whom):
        callers.setdefault(place, who)
    for place, named, mark in given_paths(catalog, texts):
        paths.setdefault(place, mark)
        pairs |= {(place, named), (named, place)}
    return Hints(
        sessions | callers,
        frozenset(pairs),
        frozenset(_looked_up(catalog, texts, caller.functions)),
        frozenset(_asked(catalog, texts)),
        paths,
        frozenset(_through(catalog, texts)),
        leading,
        frozenset(carried),
        caller,
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
            if says_rank(found["caller"]):
                continue
            if not PRESENTED.search(found["caller"]):
                yield found["caller"], place, whom(found["caller"])
            elif chooses_tenant(text[found.start("caller") :], place[1]):
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
            read = [claim for claim in claims_in([caller]) if claim.name not in SIGNED_IN]
            if read and not (says_rank(caller) or any(sources.places(of, name))):
                yield of, name, whom(caller)

    known = helpers(catalog, claimed)
    for scope, text in _scoped(catalog) if known else ():
        said = _SPACE.sub(" ", plain(text))
        names = Names(catalog, texts, scope, said)
        for of, name, who in given_to(said, known):
            yield from ((place, who) for place in names.places(of, name))


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
        asked = rf"{LEFT}{CAST}{EQUALS}\(*(?:\w+\s*\(\s*)?{variable}(?!\w)"
        asking = rf"(?<![\w.]){variable}{CAST}{EQUALS}\(*(?:\w+\s*\(\s*)?{RIGHT}(?![\w.(])"
        sources = [*names.places(read["column_of"], read["column"])]
        for pattern, side in ((asked, "left"), (asking, "right")):
            for found in re.finditer(pattern, text, re.IGNORECASE):
                places = names.places(found[f"{side}_of"], found[side])
                yield from ((place, source) for place in places for source in sources if place != source)


def _settings(catalog: CatalogEvidence) -> dict[str, str]:
    """Return what each setting holds that policies or functions read."""
    texts = [_SPACE.sub(" ", plain(text)) for _, text in _scoped(catalog)]
    names = dict.fromkeys(name for text in texts for name in SETTING.findall(text) if not RANK.search(name))
    return stand_for(names, texts)


def _asked(catalog: CatalogEvidence, texts: Texts) -> Iterator[tuple[str, str]]:
    conditions = (text for r in catalog.relations for p in r.policies for text in (p.using, p.check))
    called = {function.signature for function in texts.named_functions(conditions)}
    for function in catalog.functions:
        # What else policies ask with an argument says what somebody may there: a rank.
        answers = function.returns == "boolean" or (
            function.signature in called and function.returns not in _NO_ANSWER and not function.columns
        )
        if not function.arguments or not answers or not asks(function):
            continue
        said = _SPACE.sub(" ", plain(function.body))
        sources = Names(catalog, texts, None, said)
        given = "|".join(word(argument.name) for argument in function.arguments if argument.name)
        argument = rf"(?:\$\d+|(?:\w+\.)?(?:{given or '(?!)'}))(?!\w)"
        column = COLUMN.format("column")
        either = (
            rf"(?<![\w.]){column}{CAST}\s*=\s*\(*{argument}",
            rf"(?<![\w.$]){argument}{CAST}\s*=\s*\(*{column}(?![\w.(])",
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
        found = LOOKED_UP.search(_SPACE.sub(" ", plain(function.body)))
        who = identity.get(last_name(function.name))
        if function.arguments or not found or who in {None, Who.EMAIL}:
            continue
        led = led_to(function, catalog)
        for table, column in ((name_of(found["table"]), name_of(found["column"])), *([led] if led else ())):
            yield from ((name, column) for name in texts.named(table))


def _through(catalog: CatalogEvidence, texts: Texts) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Yield the columns that are compared with what functions without arguments look up, with these."""
    looked: dict[str, tuple[str, str]] = {}
    for function in catalog.functions:
        found = LOOKED_UP.search(_SPACE.sub(" ", plain(function.body)))
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
