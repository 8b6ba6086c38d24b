"""The isolation matrix in every report: the worst first, and no larger than it has to be."""

import json
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from pytest_readiness.judges.isolation.cells import OWNER, Cell, State
from pytest_readiness.judges.isolation.matrix import Matrix, Row
from pytest_readiness.report import matrix as rendered

SOUND = {
    (OWNER, "SELECT"): Cell(State.OWN),
    ("bob", "SELECT"): Cell(State.OWN),
    ("anon", "SELECT"): Cell(State.ISOLATED),
}
ACTORS = (OWNER, "bob", "anon")
HOSTILE = 'public."`|<script>\n# x"'


class Cells(HTMLParser):
    """The elements of a page, and the texts of its table cells."""

    def __init__(self):
        super().__init__()
        self.tags, self.rows = [], []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002  the base class has it
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip("\n")


def plain(*rows, missing=()):
    return rendered.plain(Matrix(ACTORS, rows, missing))


def row(name, **states):
    """Make a row: sound, but for cells such as bob_SELECT=State.LEAK."""
    cells = {tuple(key.split("_")): Cell(state, f"why {key}") for key, state in states.items()}
    return Row(name, "table", SOUND | cells)


def page(*rows, **given):
    found = Cells()
    text = "\n".join(rendered.markdown(plain(*rows, **given)))
    found.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    return found


def terminal(*rows):
    return [text for _, text in rendered.terminal(plain(*rows))]


def test_the_worst_relation_comes_first():
    found = plain(
        row("public.a"), row("public.b", bob_SELECT=State.UNKNOWN), row("public.c", anon_UPDATE=State.LEAK)
    )
    assert [one["relation"] for one in found["relations"]] == ["public.c", "public.b", "public.a"]
    assert [one["worst"] for one in found["relations"]] == ["leak", "unknown", "isolated"]


def test_states_are_counted_and_add_up():
    found = plain(row("public.a"), row("public.b", bob_SELECT=State.LEAK))
    assert found["counts"]["leak"] == 1
    assert sum(found["counts"].values()) == 6


def test_a_note_is_said_once_for_all_of_whom_it_is_true():
    same = Cell(State.LEAK, "read: alice's row: password=hunter2")
    (found,) = plain(Row("public.a", "table", SOUND | {("bob", "SELECT"): same, ("anon", "SELECT"): same}))[
        "relations"
    ]
    assert found["notes"] == [
        {
            "verb": "SELECT",
            "state": "leak",
            "actors": ["bob", "anon"],
            "text": "read: alice's row: password=***",
        }
    ]


def test_it_is_plain_json():
    found = plain(row("public.a", bob_SELECT=State.LEAK), missing=("WriteEvidence was not gathered",))
    assert json.loads(json.dumps(found)) == found
    assert found["missing"] == ["WriteEvidence was not gathered"]


def test_a_cell_names_those_of_whom_it_is_true_unless_it_is_all():
    found = page(
        row("public.a", bob_SELECT=State.LEAK),
        row("public.b", bob_SELECT=State.LEAK, anon_SELECT=State.LEAK),
        row("public.c"),
    )
    cells = {line[0]: line[1] for line in found.rows}
    assert cells == {"Relation": "SELECT", "public.a": "❌ bob", "public.b": "❌", "public.c": "✅"}


def test_what_is_sound_is_folded():
    found = page(row("public.a", bob_SELECT=State.BROKEN), *(row(f"public.b{number}") for number in range(9)))
    assert found.tags.count("details") == 1
    assert found.tags.count("table") == 2
    text = "\n".join(rendered.markdown(plain(row("public.a"), row("public.b"))))
    assert text.index("<details>") < text.index("public.a")


def test_a_thousand_relations_stay_readable():
    text = "\n".join(rendered.markdown(plain(*(row(f"public.t{n:04}") for n in range(1000)))))
    assert "and 700 more in `readiness.json`" in text
    assert len(text) < 30_000


def test_hostile_names_stay_text():
    found = page(row(HOSTILE, bob_SELECT=State.LEAK), missing=(HOSTILE,))
    assert "script" not in found.tags
    assert "h1" not in found.tags
    assert {len(line) for line in found.rows} == {6}
    assert found.rows[1][0].strip() == HOSTILE.replace("\n", " ")


def test_the_terminal_shows_the_counts_and_the_worst_alone():
    told = terminal(row("public.a"), row("public.b", bob_SELECT=State.LEAK, anon_UPDATE=State.UNKNOWN))
    assert told[1].startswith("isolation matrix: 2 relations, 3 actors, 5 verbs: 1 leak, 1 unknown, ")
    assert told[2:] == ["  public.b: SELECT leak (bob)"]


def test_the_terminal_says_how_much_it_leaves_out():
    leaks = (row(f"public.t{number}", bob_SELECT=State.LEAK) for number in range(5))
    assert terminal(*leaks)[-1] == "  and 2 more in the report"


@pytest.mark.parametrize("render", [rendered.terminal, rendered.markdown])
def test_nothing_is_said_where_nothing_was_tried(render):
    assert not list(render(None))
    assert not list(render(plain()))
