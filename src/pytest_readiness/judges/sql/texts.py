"""What the target's own SQL says: settings, claims and literals, beside the relations that it reaches.

Nothing is judged from text. It says where to look, and which names and values are worth trying.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.asked_settings import compared_settings, words_asked
from pytest_readiness.judges.sql.compositions import composed, composing
from pytest_readiness.judges.sql.lexis import names, plain, strings, word
from pytest_readiness.judges.sql.reach import DYNAMIC, Reach, conditions_of, deciding_of, run_with
from pytest_readiness.judges.sql.requests import METADATA, claims_in, headers_in, registered_in, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.judges.sql.requests import Claim

_WHOLE = re.compile(
    r"\bselect\s+(?:distinct\s+)?\*|\.\*|\b(?:to_jsonb?|row_to_json|hstore|jsonb?_populate_record)\s*\(",
    re.IGNORECASE,
)
"""What takes a whole row, and so asks for every column of it."""

_CAUGHT = re.compile(r"\bwhen\b[^;]*\b(?:query_canceled|sqlstate\s*'57014')", re.IGNORECASE)
_CLAIMED = re.compile(r"auth\.(uid|jwt|email|role)\s*\(|request\.jwt", re.IGNORECASE)
_KEY = re.compile(r"(?:->>?|\?)\s*'([\w-]+)'")
_ERRCODE = re.compile(r"\berrcode\s*(?:=|:=)\s*'[^']*'", re.IGNORECASE)
"""What an error is called is no value of anything."""

_SHORT = 40


@lru_cache(maxsize=4)
def texts_of(catalog: CatalogEvidence) -> Texts:
    """Return the texts of a catalog, which are indexed once."""
    return Texts(catalog)


class Texts(Reach):
    """What the target's SQL says, and which relations it reaches."""

    def all(self) -> Iterator[str]:
        """Yield every text that decides or does something."""
        yield from (text for relation in self.catalog.relations for text in run_with(relation))
        yield from (function.body for function in self.catalog.functions)

    def mentions(self, name: str) -> bool:
        """Whether any text has the word, or all words of a name, in it."""
        return self._vocabulary.issuperset(re.findall(r"\w+", name.lower()))

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return frozenset(said for text in self.all() for said in re.findall(r"\w+", text.lower()))

    @cached_property
    def settings(self) -> tuple[str, ...]:
        """Names of custom settings that code reads or sets, the API's own apart."""
        return settings_in(self.all())

    @cached_property
    def compared_settings(self) -> tuple[tuple[str, str], ...]:
        """Custom settings that code compares with a word, beside the word."""
        return tuple((name, said) for name, said in compared_settings(self.all()) if name in self.settings)

    @cached_property
    def switches(self) -> tuple[tuple[str, str], ...]:
        """The same, and those that code asks which compares something with a word; the former come first."""
        beside = (
            (name, said)
            for text in self.all()
            for name in settings_in([text])
            for said in words_asked([text])
        )
        return tuple(dict.fromkeys((*self.compared_settings, *beside)))

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Claims that code reads from the caller's token."""
        return claims_in(self.all())

    @cached_property
    def registered(self) -> tuple[Claim, ...]:
        """What code may read of accounts in the metadata that the server writes, and no user."""
        return registered_in(self.all())

    @cached_property
    def headers(self) -> tuple[str, ...]:
        """Names of headers of the request that code reads: whoever calls chooses them."""
        return headers_in(self.all())

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """Short strings that code compares with or stores."""
        found = {text for sql in self.all() for text in strings(sql)}
        return tuple(sorted(text for text in found if 0 < len(text) <= _SHORT and "\n" not in text))

    def literals_about(self, relation: str, column: str = "") -> tuple[str, ...]:
        """Return the strings of texts that mention a relation; those said next to a column come first."""
        texts = self._mentioning[relation]
        near = re.compile(rf"(?<!\w){word(column)}(?!\w)[^;]{{0,40}}?('(?:[^']|'')*'[^;]{{0,60}})")
        first = [text for sql in texts for found in near.findall(sql) for text in strings(found)]
        others = [text for sql in texts for text in strings(sql)]
        said = (first if column else []) + others
        return tuple(dict.fromkeys(text for text in said if 0 < len(text) <= _SHORT and "\n" not in text))

    def keys_about(self, relation: str) -> tuple[str, ...]:
        """Return the keys of JSON that texts which mention a relation ask for."""
        found = (key for sql in self._mentioning[relation] for key in _KEY.findall(sql))
        return tuple(dict.fromkeys(key for key in found if key not in METADATA))

    def asks_claims(self, relation: str) -> bool:
        """Whether reading a relation asks who the caller's token names, and not a setting alone."""
        said = [text for one in self._known(self.depends_on(relation)) for text in deciding_of(one)]
        return any(map(_CLAIMED.search, (*said, *(function.body for function in self.called(said)))))

    def asked(self, relation: str) -> frozenset[str] | None:
        """Return the words in texts that look at rows of a relation; None where one takes whole rows.

        A column that is none of them decides nothing.
        """
        return self._asked[relation]

    @cached_property
    def _asked(self) -> dict[str, frozenset[str] | None]:
        found: dict[str, frozenset[str] | None] = {}
        for relation in self.catalog.relations:
            texts = [*self._mentioning[relation.name], *(trigger.body for trigger in relation.triggers)]
            checks = {plain(check.definition) for check in relation.checks}
            looking = [text for text in texts if text not in checks]
            whole = any(_WHOLE.search(text) or DYNAMIC.search(text) for text in looking)
            found[relation.name] = None if whole else frozenset(w for text in looking for w in names(text))
        return found

    @cached_property
    def _mentioning(self) -> dict[str, list[str]]:
        """The texts that mention a relation, its own constraints included."""
        found: dict[str, list[str]] = defaultdict(list)
        for relation in self.catalog.relations:
            found[relation.name] += [plain(check.definition) for check in relation.checks]
            found[relation.name] += map(plain, conditions_of(relation))
        bodies = (function.body for function in self.running)
        for text in dict.fromkeys((*(t for r in self.catalog.relations for t in run_with(r)), *bodies)):
            for name in self.mentioned(text):
                found[name].append(_ERRCODE.sub("", plain(text)))
        return found

    def composed(self, relation: Relation) -> frozenset[str]:
        """Return the columns out of which code makes longer texts."""
        if relation.name not in self._composed:
            self._composed[relation.name] = composed(relation, self._composing)
        return self._composed[relation.name]

    @cached_property
    def _composing(self) -> tuple[str, ...]:
        return composing(self.all())

    @cached_property
    def _composed(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def uncancellable(self) -> bool:
        """Whether any code catches the cancellation of a statement, so that no time limit ends it."""
        return any(_CAUGHT.search(plain(text)) for text in self.all())
