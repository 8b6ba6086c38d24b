"""The isolation matrix as plain data, as Markdown and for a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pytest_readiness.judges.isolation.cells import OWNER, VERBS, State
from pytest_readiness.report.texts import code, cut, escaped, redact, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_readiness.judges.isolation.matrix import Matrix, Row

_RANK = {state.value: place for place, state in enumerate(State)}
_BAD = ("leak", "broken", "unknown")
_CALM = ("isolated", "own")
_MARKS = {
    "leak": "❌",
    "broken": "💥",
    "unknown": "❔",
    "residual": "ℹ️",  # noqa: RUF001  it is the sign that is meant
    "shared": "🔓",
    "untried": "▫️",
    "closed": "🔒",
    "isolated": "✅",
    "own": "✅",
}
_LEGEND = (
    "✅ filtered or refused, and its owner may · 🔒 nobody may, its owner neither · 🔓 shared on purpose · "
    "ℹ️ possible beside the policies, for whoever runs SQL · ▫️ nothing to try, or no privilege for it · "  # noqa: RUF001  the same
    "❔ nothing proven · 💥 fails for its owner too · ❌ reached what belongs to somebody else. "
    "A mark without a name holds for all who tried."
)
_LABELS = {"residual": "beside policies"}
"""How a state is told, where its name alone says little."""

_NOTE = 300
"""Characters of a note."""

_SHOWN = 20
_FOLDED = 300
"""Relations in the part that is folded."""

_IN_TERMINAL = 3


def plain(matrix: Matrix) -> dict[str, Any]:
    """Return a matrix as JSON holds it, the worst relations first."""
    rows = [_plain_row(row, matrix.actors) for row in matrix.rows]
    rows.sort(key=lambda row: (_RANK[row["worst"]], row["relation"]))
    counts = Counter(state for row in rows for cells in row["cells"].values() for state in cells.values())
    return {
        "verbs": list(VERBS),
        "actors": list(matrix.actors),
        "counts": {state.value: counts[state.value] for state in State},
        "missing": [cut(redact(text)) for text in matrix.missing],
        "relations": rows,
    }


def _plain_row(row: Row, actors: Iterable[str]) -> dict[str, Any]:
    cells = {
        actor: {verb: row.cells[actor, verb].state.value for verb in VERBS if (actor, verb) in row.cells}
        for actor in actors
        if any((actor, verb) in row.cells for verb in VERBS)
    }
    states = [state for held in cells.values() for state in held.values()]
    return {
        "relation": row.relation,
        "kind": row.kind,
        "worst": min(states, key=_RANK.__getitem__, default=State.UNTRIED.value),
        "cells": cells,
        "notes": list(_notes(row, cells)),
    }


def _notes(row: Row, cells: Mapping[str, Iterable[str]]) -> Iterator[dict[str, Any]]:
    """Yield what there is to say of cells, once for all actors of whom it is said."""
    said: dict[tuple[str, str, str], list[str]] = {}
    for actor, verbs in cells.items():
        for verb in verbs:
            cell = row.cells[actor, verb]
            if cell.note:
                said.setdefault((verb, cell.state.value, cell.note), []).append(actor)
    for (verb, state, note), actors in sorted(said.items(), key=lambda item: _RANK[item[0][1]]):
        yield {"verb": verb, "state": state, "actors": actors, "text": cut(redact(note), _NOTE)}


def summary(matrix: Mapping[str, Any]) -> str:
    """Return the matrix in a line."""
    counts = ", ".join(
        f"{count} {_LABELS.get(state, state)}" for state, count in matrix["counts"].items() if count
    )
    rows = len(matrix["relations"])
    size = f"{rows} relation{'s' * (rows != 1)}, {len(matrix['actors'])} actors, {len(VERBS)} verbs"
    return f"{size}: {counts or 'nothing was tried'}"


def terminal(matrix: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Yield the summary and the worst relations, each with a style."""
    if not matrix or not matrix["relations"]:
        return
    yield "", ""
    yield "", f"isolation matrix: {summary(matrix)}"
    bad = [row for row in matrix["relations"] if row["worst"] in _BAD[:2]]
    for row in bad[:_IN_TERMINAL]:
        found = (f"{verb} {_worst(row, verb)[0]} ({', '.join(_worst(row, verb)[1])})" for verb in VERBS)
        told = "; ".join(text for text in found if text.partition(" ")[2].startswith(_BAD[:2]))
        yield "bad", f"  {row['relation']}: {told}"
    if len(bad) > _IN_TERMINAL:
        yield "dim", f"  and {len(bad) - _IN_TERMINAL} more in the report"


def markdown(matrix: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the matrix as tables: what is bad is open, the rest is folded."""
    if not matrix or not matrix["relations"]:
        return
    yield "## Isolation matrix"
    yield ""
    yield escaped(f"{summary(matrix)}.")
    yield ""
    if matrix["missing"]:
        yield from (f"- {escaped(text)}" for text in matrix["missing"])
        yield ""
    rows = matrix["relations"]
    bad = [row for row in rows if row["worst"] in _BAD][:_SHOWN]
    if bad:
        yield from table(("Relation", *VERBS), (_line(row) for row in bad))
    rest = rows[len(bad) :]
    if rest:
        yield f"<details><summary>{len(rest)} {'more ' if bad else ''}relations</summary>"
        yield ""
        yield from table(("Relation", *VERBS), (_line(row) for row in rest[:_FOLDED]))
        if len(rest) > _FOLDED:
            yield f"and {len(rest) - _FOLDED} more in `readiness.json`"
            yield ""
        yield "</details>"
        yield ""
    yield _LEGEND
    yield ""


def _line(row: Mapping[str, Any]) -> tuple[str, ...]:
    return code(row["relation"], in_table=True), *(_cell(row, verb) for verb in VERBS)


def _cell(row: Mapping[str, Any], verb: str) -> str:
    state, actors = _worst(row, verb)
    tried = [actor for actor in row["cells"] if actor != OWNER and verb in row["cells"][actor]]
    mark = _MARKS[state]
    return mark if len(actors) == len(tried) else f"{mark} {escaped(', '.join(actors))}"


def _worst(row: Mapping[str, Any], verb: str) -> tuple[str, list[str]]:
    """Return the worst that others than the owner came to, and who they are; of calm ones all are."""
    states = {actor: cells[verb] for actor, cells in row["cells"].items() if actor != OWNER and verb in cells}
    worst = min(states.values(), key=_RANK.__getitem__, default=State.UNTRIED.value)
    alike = _CALM if worst in _CALM else (worst,)
    return worst, [actor for actor, state in states.items() if state in alike]
