"""A fork is a thing by itself; what answers another, or is in a place that is somebody's, is not."""

from dataclasses import replace

import pytest

from pytest_readiness.judges.isolation.cascades import alike
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.judges.purpose.forks import is_fork
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

USERS = "auth.users"


@pytest.mark.parametrize(
    ("key", "beside", "fork"),
    [
        ("forked_from", {}, True),
        ("source_id", {}, True),
        ("templateId", {}, True),
        ("parent_id", {}, False),
        ("replyTo", {}, False),
        ("thread_root", {}, False),
        ("repost_of", {}, False),
        ("revision_of", {}, False),
        ("forked_from", {"kind": "public.kinds"}, True),
        ("forked_from", {"book": "public.books"}, False),
    ],
)
def test_what_refers_to_its_own_kind(key, beside, fork):
    others = [column(name) for name in beside]
    references = {"owner_id": USERS, key: "public.songs", **beside}
    songs = relation(
        "public.songs", column("id"), column("owner_id"), column(key), *others, references=references
    )
    keys = tuple(replace(key, on_delete="CASCADE") for key in songs.foreign_keys)
    songs = replace(songs, foreign_keys=keys)
    books = relation("public.books", column("id"), column("owner_id"), references={"owner_id": USERS})
    kinds = relation("public.kinds", column("id"), column("title", "text"))
    owners = infer(catalog(songs, books, kinds), Isolation(), USERS)
    (chain,) = alike(songs)
    assert is_fork(chain.last, owners) is fork
