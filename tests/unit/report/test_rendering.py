"""Reports are rendered from one document; what came from a target can neither break nor leak through them."""

import datetime as dt
import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.report.document import document
from pytest_readiness.report.files import write
from pytest_readiness.report.incomplete import incomplete
from pytest_readiness.report.markdown import markdown
from pytest_readiness.report.terminal import lines
from pytest_readiness.report.texts import redact
from pytest_readiness.scoring.decision import Completeness
from pytest_readiness.scoring.record import Record
from pytest_readiness.scoring.summary import summarise
from pytest_readiness.settings import Settings
from pytest_readiness.vocabulary import Strength, failed, passed, unknown


class Elements(HTMLParser):
    """The elements of a page."""

    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002  the base class has it
        self.tags.append(tag)


HOSTILE = "public.`<script>|\n# x"
THREE = {"ISO001", "AUD001", "MIG001"}
WHOLE = read_catalogue(Settings())
CATALOGUE = replace(WHOLE, checks=tuple(check for check in WHOLE.checks if check.spec.id in THREE))


def report(*findings, comparison=None):
    records = {
        "ISO001": Record("ISO001", findings, Strength.ATTACKED),
        "MIG001": Record("MIG001", (passed("a.sql"),), Strength.ATTACKED),
        "AUD001": Record("AUD001", (), absent="there is no audit log"),
    }
    summary = summarise(CATALOGUE, records, {}, Settings(), Completeness(), dt.date(2026, 6, 1))
    return document(
        summary,
        tool={"name": "pytest-readiness", "version": "0"},
        target={"name": "t", "commit": "c" * 40, "differs_from_production": ["Postgres 18"], "notes": []},
        run={"complete": True, "partial": None},
        gate=("no",),
        comparison=comparison,
        weights={},
    )


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
    assert page.tags.count("details") == 1


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
    ]
