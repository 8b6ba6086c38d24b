import base64
import hashlib
import uuid

import pytest

from pytest_readiness.judges.sql.guesses import expression, recipe


def md5(key):
    return hashlib.md5(key, usedforsecurity=False).hexdigest()


MADE = {
    "md5": md5,
    "in capitals": lambda key: md5(key).upper(),
    "a uuid of it": lambda key: str(uuid.UUID(md5(key))),
    "its beginning": lambda key: hashlib.sha256(key).hexdigest()[:12],
    "in base64": lambda key: base64.b64encode(hashlib.sha256(key).digest()).decode(),
    "for addresses": lambda key: base64.urlsafe_b64encode(hashlib.sha512(key).digest()).decode().rstrip("="),
    "no digest": lambda key: base64.b64encode(key).decode(),
}


def rows(made):
    return [{"id": key, "token": made(key.encode())} for key in ("7", "8", "481500001")]


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_what_is_made_of_a_number_is_no_secret(made):
    assert recipe(rows(made), "token", "id")


@pytest.mark.parametrize(
    "made",
    [
        lambda key: md5(b"salt" + key),
        lambda key: md5(key)[:4],  # of four characters many have the same
        lambda key: md5(key) if key != b"8" else "drawn",
        lambda _: None,
    ],
    ids=["salted", "a coincidence", "not of every row", "none"],
)
def test_what_nobody_computes_is_one(made):
    assert recipe(rows(made), "token", "id") is None


def test_nothing_follows_from_no_rows():
    assert recipe([], "token", "id") is None


def test_it_is_said_as_it_is_computed():
    found = rows(MADE["its beginning"])
    made = recipe(found, "token", "id")
    assert made.said == "sha256"
    assert expression(made, found[0]["token"], "7") == "left(encode(sha256({}), 'hex'), 12)"
