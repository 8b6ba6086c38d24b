"""Failures for code scanning: each has a rule, a level, a place and a name that lasts."""

import datetime as dt
import json

from pytest_readiness.report.sarif import sarif
from pytest_readiness.settings import Settings, Waiver
from pytest_readiness.vocabulary import failed as failing
from pytest_readiness.vocabulary import passed, unknown
from reports import HOSTILE, report


def failed(subject, detail):
    return failing(subject, detail, reproduce="select 1")


def run(*findings, **given):
    (only,) = json.loads(sarif(report(*findings, **given)))["runs"]
    return only


def test_only_what_fails_is_told():
    told = run(failed("public.a", "As bob I read it."), unknown("public.b", "?"), passed("public.c"))
    (result,) = told["results"]
    (rule,) = told["tool"]["driver"]["rules"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == (rule["id"], 0, "error")
    assert result["message"]["text"] == "As bob I read it."
    assert float(rule["properties"]["security-severity"]) > 9
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "public.a"}]


def test_a_failure_is_placed_in_the_file_that_it_names_or_in_the_newest_migration():
    named = run(failed("db/migrations/2 a.sql", "db/migrations/2 a.sql does not apply, line 7"))
    place = named["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "db/migrations/2%20a.sql"
    elsewhere = run(failed("public.a", "in m/20250101_x.sql, line 12"))["results"][0]["locations"][0]
    assert elsewhere["physicalLocation"]["region"] == {"startLine": 12}
    unplaced = run(failed("public.a", "no file"))["results"][0]["locations"][0]["physicalLocation"]
    assert unplaced == {"artifactLocation": {"uri": "a.sql"}, "region": {"startLine": 1}}


def test_a_failure_keeps_its_name_whatever_is_said_of_it():
    names = {
        run(failed("public.a", text))["results"][0]["partialFingerprints"]["readiness/v1"] for text in "xy"
    }
    other = run(failed("public.b", "x"))["results"][0]["partialFingerprints"]["readiness/v1"]
    assert len(names) == 1
    assert other not in names


def test_what_is_waived_is_suppressed_with_its_reason():
    waiver = Waiver("ISO001", "public.a", "known", "owner", dt.date(2027, 1, 1))
    (result,) = run(failed("public.a", "x"), settings=Settings(waivers=(waiver,)))["results"]
    assert result["suppressions"][0]["kind"] == "external"
    assert "known" in result["suppressions"][0]["justification"]


def test_hostile_names_and_long_texts_stay_within_their_strings():
    (result,) = run(failed(HOSTILE, "x" * 5000))["results"]
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == HOSTILE
    assert len(result["message"]["text"]) == 1000


def test_nothing_wrong_is_an_empty_run():
    told = run(passed("public.a"))
    assert told["results"] == []
    assert told["invocations"] == [{"executionSuccessful": True}]


def test_a_command_that_migrates_is_no_file():
    told = json.loads(sarif(with_migrations("make migrate", failed("public.a", "no file"))))
    place = told["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "readiness.toml"


def with_migrations(name, *findings):
    found = report(*findings)
    for check in found["checks"]:
        if check["id"] == "MIG001":
            check["findings"][0]["subject"] = name
    return found
