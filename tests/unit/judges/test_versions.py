"""The order that tools make of names."""

import pytest

from pytest_readiness.judges.migrations.versions import faults, following, ordered, undoing

FLYWAY = ["R__views.sql", "U10__c.sql", "V1.1__b.sql", "V10__c.sql", "V1__a.sql", "V2__b.sql"]


def test_flyway_goes_by_numbers_undoes_nothing_and_repeats_last():
    assert ordered(FLYWAY) == ["V1__a.sql", "V1.1__b.sql", "V2__b.sql", "V10__c.sql", "R__views.sql"]
    assert ordered(["V1__a.sql", "V2__b.sql", "V3__c.sql", "B2__all.sql"]) == ["B2__all.sql", "V3__c.sql"]
    assert undoing("V10__c.sql", FLYWAY) == "U10__c.sql"
    assert not undoing("V2__b.sql", FLYWAY)
    assert not undoing("1_a.sql", FLYWAY)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["10_c.sql", "1_a.sql", "2_b.sql"], ["1_a.sql", "2_b.sql", "10_c.sql"]),
        (["10_c.sql", "2_b.sql", "seeds.sql", "1_a.sql"], ["1_a.sql", "2_b.sql", "10_c.sql", "seeds.sql"]),
        (["20260101_a.sql", "20250101120000_b.sql"], ["20250101120000_b.sql", "20260101_a.sql"]),
        (["b.sql", "a.sql"], ["a.sql", "b.sql"]),
    ],
    ids=["numbers", "others last", "moments", "names"],
)
def test_numbers_are_compared_as_numbers_and_moments_as_letters(names, expected):
    assert ordered(names) == expected
    assert ordered(names, by_name=True) == sorted(names)


def test_versions_of_flyway_are_compared_part_by_part():
    assert not faults(["db/V1__a.sql", "db/V1.1__b.sql", "db/V2__c.sql", "db/V10__d.sql", "db/R__views.sql"])
    found = faults(["db/V2__a.sql", "db/V1_9__b.sql", "db/V2.0__c.sql", "db/V3__d.sql", "db/e.sql"])
    assert found.keys() == {"db/V1_9__b.sql", "db/V2.0__c.sql", "db/e.sql"}


def test_a_folder_of_each_migration_bears_its_version():
    names = ["m/20260102000000_b/migration.sql", "m/20260101000000_a/migration.sql"]
    assert faults(names).keys() == {names[1]}
    assert not faults(names[::-1])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("m/0009_a.sql", "m/0010_fix.sql"),
        ("m/V1.1__a.sql", "m/V2__fix.sql"),
        ("m/20260101000000_a/migration.sql", "m/20260101000001_fix/migration.sql"),
        ("m/schema.sql", ""),
        ("Views.sql", ""),
    ],
)
def test_the_name_of_a_file_behind_another(name, expected):
    assert following(name, "fix") == expected
