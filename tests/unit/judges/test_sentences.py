"""A sentence of its own table says that everybody reads what people write, and not what is between few."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.judges.purpose.sentences import published_by_sentence
from relations import column, relation


def shown(table, name, *columns, using="true", command="SELECT", roles=("public",), to=("anon", "member")):
    made = relation(f"public.{table}", column("id"), *(column(one) for one in columns))
    policy = Policy(name, command, roles, permissive=True, using=using, check="")
    held = Privileges(select=("id", *columns))
    return replace(made, policies=(policy,), privileges=dict.fromkeys(to, held))


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (shown("sightings", "Sightings are viewable by everyone", "body"), True),
        (shown("sightings", "Sightings are viewable by everyone.", "body", roles=("anon", "member")), True),
        (shown("field_stories", "Stories can be seen by the whole world", "body"), True),
        (shown("sightings", "Sightings page viewable by everyone", "body"), True),
        (shown("sightings", "Viewable by everyone", "body"), False),
        (shown("sightings", "Profiles are viewable by everyone", "body"), False),
        (shown("sightings", "Everyone can view sightings", "body"), False),
        (shown("sightings", "Sightings are viewable by everyone in the club", "body"), False),
        (shown("sightings", "Sightings are viewable by everyone", "body", "phone"), False),
        (shown("sightings", "Sightings are viewable by everyone", "body", using="(id = 1)"), False),
        (shown("sightings", "Sightings are viewable by everyone", "body", command="ALL"), False),
        (shown("sightings", "Sightings are viewable by everyone", "body", roles=("member",)), False),
        (shown("sightings", "Sightings are viewable by everyone", "body", to=("member",)), False),
        (shown("contracts", "Contracts are viewable by everyone", "body"), False),
        (shown("tasks", "Tasks are viewable by everyone", "body"), False),
        (shown("allergies", "Allergies are viewable by everyone", "body"), False),
        (shown("bird_diaries", "Diaries are viewable by everyone", "body"), False),
        (shown("messages", "Messages are viewable by everyone", "body"), False),
    ],
    ids=str,
)
def test_a_sentence_names_its_table_and_nobody_who_is_left_out(table, found):
    assert bool(published_by_sentence(table, ["anon", "member"], ["anon"])) is found
