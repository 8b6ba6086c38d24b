"""Reports are rendered from one document; what came from a target can neither break nor leak through them."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from pytest_readiness.report.files import write
from pytest_readiness.report.incomplete import incomplete
from pytest_readiness.report.markdown import markdown
from pytest_readiness.report.terminal import closing, lines
from pytest_readiness.report.texts import redact
from pytest_readiness.scoring.compare import compare
from pytest_readiness.scoring.record import Record
from pytest_readiness.settings import NotApplicable, Settings
from pytest_readiness.vocabulary import Strength, failed, passed, unknown
from reports import HOSTILE, THREE, report


class Elements(HTMLParser):
    """The elements of a page."""

    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002  the base class has it
        self.tags.append(tag)


def terminal(found):
    return "\n".join(text for _, text in lines(found))


def test_the_document_is_plain_json_and_complete():
    found = report(passed("public.a"))
    assert json.loads(json.dumps(found)) == found
    assert found["decision"]["value"] == "go"
    assert {check["id"] for check in found["checks"]} == THREE
    assert sum(check["points"]["possible"] for check in found["checks"]) == pytest.approx(100, abs=0.02)
    audit = next(check for check in found["checks"] if check["id"] == "AUD001")
    assert (audit["outcome"], audit["reason"]) == ("not_applicable", "there is no audit log")
    assert {"area": "audit", "reason": "there is no audit log"} in found["decision"]["out_of_scope"]


def test_a_score_can_be_computed_again_from_the_report():
    found = report(failed("public.a", "leak", reproduce="select 1"))
    earned = sum(check["points"]["earned"] for check in found["checks"])
    assert earned == pytest.approx(found["score"]["raw"], abs=0.2)


def test_a_leak_leads_every_report():
    found = report(failed("public.a", "As bob I read alice's note.", reproduce="select 1", fix="close it"))
    assert terminal(found).startswith("NO-GO. As bob I read alice's note.")
    text = markdown(found)
    assert text.startswith("# Readiness: NO-GO\n\nNO-GO. As bob I read alice's note.")
    assert "close it" in text
    assert "select 1" in text


def test_a_failure_comes_with_what_shows_it_and_what_mends_it():
    leak = failed("public.f(a uuid)", "leak", reproduce="select 1", fix="close it")
    found = report(replace(leak, mechanical=True))
    for text in (terminal(found), markdown(found)):
        assert "pytest-readiness psql 'ISO001:public.f(a uuid)'" in text
        assert "pytest-readiness fix 'ISO001:public.f(a uuid)'" in text
    plain = report(leak)
    assert "psql" in terminal(plain)
    assert "pytest-readiness fix" not in terminal(plain) + markdown(plain)
    assert "psql" not in terminal(report(passed("public.a")))


def test_unknown_is_shown_with_its_reason_and_what_to_add():
    found = report(passed("public.b"), unknown("public.a", "nobody knows", fix="owners = …"))
    assert found["decision"]["value"] == "conditional"
    assert "nobody knows" in terminal(found)
    assert "owners = …" in terminal(found)


def test_hostile_names_stay_text():
    found = report(failed(HOSTILE, HOSTILE, reproduce="``` \n</details><script>", fix=HOSTILE))
    page = Elements()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown(found)))
    assert "script" not in page.tags
    assert page.tags.count("h1") == 1
    assert page.tags.count("details") == 2


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgresql://u:hunter2@h/db", "hunter2"),
        ("host=h password=hunter2 user=u", "hunter2"),
        ("host=h password='hunter 2' user=u", "hunter 2"),
        ("redis://:hunter2@h:6379/0", "hunter2"),
        ("Authorization: eyJhbGciOiJIUzI1.eyJzdWIi.c2lnbmF0dXJl", "c2lnbmF0dXJl"),
    ],
)
def test_secrets_are_taken_out(text, secret):
    assert secret not in redact(text)
    found = report(failed("public.a", text, reproduce=text, fix=text))
    assert secret not in json.dumps(found)


HIDDEN = "public.a\x1b[2J\rGO\x9b1A\u202eevil"


def test_what_a_terminal_obeys_is_written_out():
    found = report(
        failed(HIDDEN, HIDDEN, reproduce=f'select 1 from "{HIDDEN}"', fix=HIDDEN),
        settings=Settings(not_applicable=(NotApplicable(HIDDEN, check="MIG001"),)),
        notes=[HIDDEN],
    )
    void = incomplete({}, {}, HIDDEN)
    for text in (terminal(found), markdown(found), terminal(void), markdown(void)):
        assert "evil" in text
        assert not set(text) & set("\x1b\r\x9b\u202e")
    # What a server is given again stays as it is.
    iso = next(check for check in found["checks"] if check["id"] == "ISO001")
    assert HIDDEN in iso["findings"][0]["reproduce"]
    assert "\x1b" not in iso["findings"][0]["subject"]


def test_a_name_with_a_line_of_its_own_forges_none():
    found = report(
        failed("public.a", "As bob I read x\nGO, 100 of 100; the gate holds", reproduce="select 1")
    )
    assert [line for line in terminal(found).splitlines() if line.startswith("GO")] == []
    assert [line for line in markdown(found).splitlines() if line.startswith("GO")] == []


def test_one_cause_is_told_once():
    why = unknown("the target", "nobody can be impersonated", fix="[isolation.session]\nrole = 'app'")
    found = report(why, audit=Record("AUD001", (why,), Strength.ATTACKED))
    for text in (terminal(found), markdown(found)):
        assert text.count("role = 'app'") == 1
        assert "AUD001" in text
    told = terminal(found).splitlines()
    (first,) = [place for place, line in enumerate(told) if line.startswith("? AUD001")]
    assert told[first + 1].startswith("? ISO001")
    assert "nobody can be impersonated" in told[first + 2]


def test_an_unknown_check_never_stands_without_a_reason():
    for found in (
        report(passed("public.a"), audit=Record("AUD001", (), Strength.ATTACKED)),
        report(passed("public.a"), audit=Record("AUD001", (unknown("x", "", reason="lost"),))),
    ):
        told = terminal(found).splitlines()
        place = next(place for place, line in enumerate(told) if line.startswith("? AUD001"))
        assert told[place + 1].startswith("    ")
        assert "❔ nothing was judged" in markdown(found) or "lost" in markdown(found)


def test_a_selection_shows_what_was_selected_alone():
    leak = failed("public.a", "As bob I read it.", reproduce="select 1")
    found = report(leak, missing={"AUD001": "not selected", "MIG001": "not selected"})
    for text in (terminal(found), markdown(found)):
        assert "ISO001" in text
        for absent in ("AUD001", "MIG001", "capped", "not in scope", "ix first", "score", "not selected"):
            assert absent not in text
    assert terminal(report(leak)).count("capped") == 1


def test_failures_come_first_and_what_does_not_apply_is_folded_with_its_reason():
    text = markdown(report(failed("public.a", "As bob I read it.", reproduce="select 1")))
    order = [
        "## ISO001",
        "## Fix first",
        "| ❌ | ISO001",
        "| ✅ | MIG001",
        "<details><summary>1 checks",
        "AUD001",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "| AUD001 | Every write to an audited table leaves an entry | there is no audit log |" in text
    assert "❔ not known, which is never a pass" in text
    audit = next(c for c in report(passed("a"))["checks"] if c["id"] == "AUD001")
    assert audit["strength"] is None


def test_markdown_has_notes_changes_declarations_and_lines_to_complete():
    old = report(passed("public.a"), passed("public.b"))
    new = report(failed("public.a", "leak", reproduce="select 1"), passed("public.b"))
    lacks = Record("AUD001", (), absent="settings declare none; add\n[audit]\nlog = 'LOG'")
    text = markdown(
        report(
            failed("public.a", "leak", reproduce="select 1"),
            comparison=compare(old, new),
            audit=lacks,
            settings=Settings(
                not_applicable=(NotApplicable("not yet", area="audit"), NotApplicable("why", check="MIG001"))
            ),
            notes=["say how\nrole = 'app'"],
        )
    )
    assert "- broken: ISO001 `public.a`" in text
    assert "- say how\n  ```toml\n  role = 'app'\n  ```" in text
    assert "declared not applicable: audit (not yet)" in text
    assert "declared not applicable, in vain: MIG001 (why)" in text
    assert "MIG001 is declared not applicable, and the target has it" in text
    without = markdown(report(passed("public.a"), audit=lacks))
    assert "  ```toml\n  [audit]\n  log = 'LOG'\n  ```" in without


def test_a_refusal_is_told_once():
    void = incomplete({}, {}, "It ended early.")
    assert markdown(void).count("It ended early.") == 1


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (passed("public.a"), "GO, 100 of 100; the gate does not hold"),
        (failed("public.a", "leak", reproduce="select 1"), "NO-GO, 28.5 of 100; the gate does not hold"),
    ],
)
def test_the_last_line_is_the_decision_and_the_gate(finding, said):
    found = report(finding)
    assert closing(found) == ("bad", said)
    found["gate"]["holds"] = True
    assert closing(found) == ("good", said.replace("does not hold", "holds"))
    assert closing(incomplete({}, {}, "early")) == ("bad", "UNKNOWN; the gate does not hold")


def test_prose_is_wrapped_with_an_indent_and_what_is_pasted_is_not():
    leak = failed("public.a", "word " * 40 + "end.", reproduce="select 1", fix="other " * 40)
    found = report(replace(leak, subject="public.f(" + "a uuid, " * 20 + ")", mechanical=True))
    wrapped = [text for _, text in lines(found, 60)]
    pasted = [text for text in wrapped if "pytest-readiness" in text]
    assert len(pasted) == 2
    assert [text for text in wrapped if len(text) > 60 and text not in pasted] == []
    start = next(place for place, text in enumerate(wrapped) if text.startswith("    public.f("))
    assert wrapped[start + 1].startswith("      ")
    assert " ".join("".join(f"{t} " for t in wrapped).split()) == " ".join(terminal(found).split())


def test_long_texts_are_cut_and_say_so():
    found = report(failed("public.a", "x" * 5000, reproduce="y"))
    iso = next(check for check in found["checks"] if check["id"] == "ISO001")
    assert "3000 characters more" in iso["findings"][0]["detail"]


def test_an_incomplete_report_can_be_rendered_and_says_nothing_good():
    found = incomplete({"name": "t", "version": "0"}, {"started_at": "now"}, "It ended early.")
    assert "It ended early." in terminal(found)
    assert "It ended early." in markdown(found)
    assert not found["gate"]["holds"]


def test_files_are_replaced_whole_and_ignored_by_git(tmp_path):
    found = report(passed("public.a"))
    write(tmp_path / "out", found)
    path = write(tmp_path / "out", found)
    assert json.loads(path.read_text()) == found
    assert (tmp_path / "out" / ".gitignore").read_text() == "*\n"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        ".gitignore",
        "readiness.json",
        "readiness.md",
        "readiness.sarif",
    ]
