"""What is served of one window, to whom, around its end, and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.endpoints import Volley
from pytest_readiness.evidence.statuses import SUCCESS
from pytest_readiness.target.requests import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.endpoints.siege import Siege

_CROWD = 16
"""Requests that meet: whoever looks first and counts later lets more than one of them through."""


def exact(siege: Siege) -> Iterator[Volley]:
    """Ask for more than the limit, at once and one after another, and then as others."""
    siege.calm()
    asked = siege.limit.limit + _CROWD
    what = f"{asked} requests of one caller, {_CROWD} at a time"
    yield siege.volley("crowd", what, [siege.request()] * asked, at_a_time=_CROWD)
    siege.calm()
    asked = siege.limit.limit + 3
    what = f"{asked} requests of one caller, one after another"
    yield siege.volley("exact", what, [siege.request()] * asked)
    siege.used_up = True
    yield from _neighbours(siege)
    preflight = siege.request(method="OPTIONS", headers=(("Origin", "https://a.example"),
                              ("Access-Control-Request-Method", siege.http.method)))  # fmt: skip
    yield siege.volley("preflight", "OPTIONS, once the limit is used up", [preflight])


def _neighbours(siege: Siege) -> Iterator[Volley]:
    """Ask as others while the first caller has used up the limit."""
    if siege.http.caller and len(siege.valid) > 1:
        other = siege.request(caller=siege.valid[1])
        yield siege.volley("neighbour", "another credential", [other])
    elif not siege.http.caller:
        yield siege.volley("neighbour", "another address", [siege.request(source="127.0.0.9")])
    for http in siege.others:
        known = ((http.caller, siege.valid[0]),) if http.caller and siege.valid else ()
        request = Request(http.method, http.path, known, http.body.encode())
        yield siege.volley("elsewhere", f"the same caller at {http.method} {http.path}", [request])


def boundaries(siege: Siege) -> Iterator[Volley]:
    """Ask for the whole limit before and after the end of a window."""
    if not siege.era.moves:
        return
    limit, window = siege.limit.limit, siege.limit.window
    siege.calm()
    # A first request where a window counted from 1970 begins: both kinds of window end together.
    siege.era.move((0.001 * window - siege.era.now() % window) % window)
    siege.shot()
    siege.era.move(12.5 / 13 * window)
    statuses = [siege.shot().status for _ in range(limit)]
    siege.era.move(window / 13)
    statuses += [siege.shot().status for _ in range(limit)]
    served = sum(status in SUCCESS for status in statuses)
    text = "twice the limit around the end of a window, within a thirteenth of one"
    yield Volley("boundary", text, tuple(statuses), served, None, len(statuses))


def retrying(siege: Siege) -> Iterator[Volley]:
    """Be a sender that tries again: refused for a while, it has to be served once the window is over."""
    if siege.limit.counts_refused or not siege.era.moves:
        return
    limit, window = siege.limit.limit, siege.limit.window
    siege.use_up()
    siege.era.move(0.45 * window)
    for _ in range(limit):
        siege.shot()
    siege.era.move(0.6 * window)
    what = "the limit used up, as many requests after 0.45 of a window, and one after 1.05"
    yield siege.volley("retrying", what, [siege.request()])
