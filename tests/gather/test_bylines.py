"""Columns of a row that tell who wrote it, from which entries take their actor, on a real server."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import judged, system
from trail_schemas import ALL, CREW, NAMED, PARCELS, TRUE

WAYS = {
    "another type": ("handled_by uuid", f"coalesce(n ->> 'handled_by', {TRUE})", "text", ALL),
    "a name by which it is found": (
        "signer text",
        f"coalesce((select u.id::text from auth.users u where u.email = n ->> 'signer'), {TRUE})::uuid",
        "uuid",
        "select, insert, update (weight, signer)",
    ),
    "a key of another table": (
        "signed_by bigint references public.crew",
        f"coalesce((select c.login::text from public.crew c where c.id = (n ->> 'signed_by')::bigint), {TRUE})",
        "text",
        ALL,
    ),
    "only made by clients": ("created_by uuid", f"coalesce(n ->> 'created_by', {TRUE})", "text", "insert"),
}


def forged(server, tmp_path, column, actor, kind, rights, *more):
    migration = CREW + NAMED.format(kind=kind, actor=actor) + PARCELS.format(column=column, rights=rights)
    with system(server, tmp_path, migration + "".join(more)) as target:
        found = judged(target, "AUD003").findings
    assert {finding.subject for finding in found} == {"public.parcels"}
    return [finding.detail for finding in found if finding.status is Status.FAILED]


@pytest.mark.parametrize("way", WAYS)
def test_an_actor_that_the_writer_of_the_row_chooses_is_found(server, tmp_path, way):
    column, actor, kind, rights = WAYS[way]
    (detail,) = forged(server, tmp_path, column, actor, kind, rights)
    assert f"after a false word in the column {column.split()[0]} has it for the actor" in detail


@pytest.mark.parametrize("way", WAYS)
def test_a_column_that_names_somebody_is_no_defect_where_entries_do_not_believe_it(server, tmp_path, way):
    column, _, kind, rights = WAYS[way]
    assert not forged(server, tmp_path, column, f"{TRUE}::{kind}", kind, rights)


WEIGH = """
create function public.weigh(parcel uuid, grams int, by_whom uuid) returns void
language sql security definer set search_path = '' as $$
  update public.parcels set weight = grams, handled_by = {by} where id = parcel and owner_id = auth.uid() $$;
"""


@pytest.mark.parametrize(("by", "alarm"), [("by_whom", True), ("auth.uid()", False)])
def test_a_function_that_writes_for_clients_may_say_who_they_are(server, tmp_path, by, alarm):
    actor = f"coalesce(n ->> 'handled_by', {TRUE})"
    more = WEIGH.format(by=by), "drop policy own on public.parcels;"
    assert bool(forged(server, tmp_path, "handled_by uuid", actor, "text", "select", *more)) is alarm
