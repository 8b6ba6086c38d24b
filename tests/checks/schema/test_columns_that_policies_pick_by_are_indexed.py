"""SCH025 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, guarded
from pytest_readiness import Status
from pytest_readiness.evidence.catalog import ForeignKey
from pytest_readiness.evidence.schema import Index
from readiness_checks.schema.columns_that_policies_pick_by_are_indexed import (
    columns_that_policies_pick_by_are_indexed,
)
from relations import column

OWN = "(body = ( SELECT auth.uid() AS uid))"


def indexed(*columns, method="btree", partial=False, valid=True):
    sameness = f"public.notes USING {method} ({', '.join(columns)})"
    return replace(CLOSED, indexes=(Index("i", "public.notes", columns, sameness, False, partial, valid, 0),))


@pytest.mark.parametrize(
    "evidence",
    [
        (guarded(OWN), CLOSED),
        (guarded("(body = auth.uid())"), CLOSED),
        (
            guarded("((id = 1) OR (body = (NULLIF(current_setting('app.me'::text, true), ''::text))::uuid))"),
            CLOSED,
        ),
        (guarded(OWN), indexed("id", "body")),
        (guarded(OWN), indexed("body", partial=True)),
        (guarded(OWN), indexed("body", valid=False)),
        (guarded(OWN), indexed("body", method="brin")),
    ],
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = columns_that_policies_pick_by_are_indexed(*evidence)
    assert finding.status is Status.FAILED
    assert finding.subject == "public.notes (body)"
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "using",
    [
        "(auth.uid() = body)",
        "(( SELECT auth.uid() AS uid) = body)",
        "((auth.uid())::text = (body)::text)",
        "((( SELECT auth.uid() AS uid))::text = (body)::text)",
        "((id = 1) AND (current_setting('a.b'::text, true) = body))",
        "(( SELECT (NULLIF(current_setting('a.b'::text, true), ''::text))::uuid AS \"nullif\") = body)",
        "(((current_setting('claims'::text, true))::json ->> 'sub'::text) = (body)::character varying(9))",
        "((((auth.jwt() -> 'app'::text) ->> 'org'::text))::uuid = body)",
        '(auth.uid() = "body")',
        "((body)::text = current_setting('a.b'::text))",
        "((body)::character varying(9) = ( SELECT auth.jwt() AS jwt))",
    ],
)
def test_a_comparison_is_told_either_way_round_and_of_a_type_that_is_cast(using):
    (finding,) = columns_that_policies_pick_by_are_indexed(guarded(using), CLOSED)
    assert (finding.status, finding.subject) == (Status.FAILED, "public.notes (body)")


def with_a_column_called_text(using):
    catalog = guarded(using)
    (relation,) = catalog.relations
    columns = (*relation.columns, column("text", "text"))
    return replace(catalog, relations=(replace(relation, columns=columns),))


@pytest.mark.parametrize(
    "using",
    [
        "((id)::text = current_setting('a.b'::text))",
        "(current_setting('a.b'::text) = (id)::text)",
        "(( SELECT auth.uid() AS text) = id)",
        "(lower(text) = current_setting('a.b'::text))",
        "((text || (id)::text) = current_setting('a.b'::text))",
        "((auth.jwt() ->> text) = (id)::text)",
    ],
)
def test_a_type_and_what_is_made_of_a_column_are_no_column_of_that_name(using):
    (finding,) = columns_that_policies_pick_by_are_indexed(with_a_column_called_text(using), indexed("id"))
    assert finding.status is Status.PASSED


def with_key(catalog):
    (relation,) = catalog.relations
    keys = (ForeignKey(("body",), "public.teams", ("id",)),)
    return replace(catalog, relations=(replace(relation, foreign_keys=keys),))


@pytest.mark.parametrize(
    "evidence",
    [
        (guarded(OWN), indexed("body", "id")),
        (guarded(OWN), indexed("body", method="hash")),
        (guarded("(EXISTS ( SELECT FROM members m WHERE (m.body = auth.uid())))"), CLOSED),
        (guarded("(body = 'x')"), CLOSED),
        (guarded("(EXISTS ( SELECT FROM members m WHERE (auth.uid() = m.body)))"), CLOSED),
        (guarded("(COALESCE(id, auth.uid()) = body)"), CLOSED),
        (guarded("((auth.uid() IS NULL) AND ('x'::text = body))"), CLOSED),
        (guarded("(seen_by(auth.uid(), id) = body)"), CLOSED),
        (with_key(guarded(OWN)), CLOSED),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in columns_that_policies_pick_by_are_indexed(*evidence)} == {
        Status.PASSED
    }
