"""Requests that look like others, or like those of others, once a limit is used up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.endpoints import Volley
from pytest_readiness.evidence.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.endpoints.siege import Siege

_FORWARDED = (
    "X-Forwarded-For",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Originating-IP",
    "X-Cluster-Client-IP",
)
_HOPS = (2, 3, 4)
"""Addresses in one header: who believes the last but one believes nobody who sends a single one."""
_CLAIMS = (
    "User-Agent",
    "Cookie",
    "Accept-Language",
    "Referer",
    "Origin",
    "Authorization",
    "X-Api-Key",
    "X-User-Id",
    "X-Tenant-Id",
    "X-Session-Id",
    "X-Device-Id",
    "X-Request-Id",
    "X-Correlation-Id",
)
"""Headers in which anybody may claim to be somebody else."""


def bypasses(siege: Siege) -> Iterator[Volley]:
    """Try to be served by the same handler once the limit is used up."""
    siege.use_up()
    path = siege.http.path
    middle = len(path) // 2
    paths = {
        "a slash at the end": f"{path}/",
        "capitals": path.upper(),
        "a query": f"{path}?nocache=1",
        "a dot segment": f"/.{path}",
        "a parent segment": f"/x/..{path}",
        "two slashes": f"/{path}",
        "an encoded letter": f"{path[:middle]}%{ord(path[middle]):02X}{path[middle + 1 :]}",
        "a semicolon": f"{path};x=1",
        "an encoded slash at the end": f"{path}%2F",
        "a space at the end": f"{path}%20",
    }
    for what, other in paths.items():
        yield siege.volley("bypass", f"the path with {what} ({other[:60]})", [siege.request(path=other)])
    for method in ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"):
        alike = method == "HEAD" and siege.http.method == "GET"
        if method != siege.http.method and (siege.http.work or alike):
            yield siege.volley("bypass", f"by {method}", [siege.request(method=method)])
    for name in (*_FORWARDED, "X-HTTP-Method-Override", "X-Original-URL", "X-RateLimit-Bypass"):
        value = {"X-HTTP-Method-Override": "PUT", "X-Original-URL": "/", "X-RateLimit-Bypass": "1"}
        request = siege.request(headers=((name, value.get(name, "203.0.113.7")),))
        yield siege.volley("bypass", f"with the header {name}", [request])
    yield from _claims(siege, "bypass", "")
    yield from _elsewhere(siege)
    if siege.http.caller:
        request = siege.request(name=siege.http.caller.swapcase())
        yield siege.volley("bypass", "the name of the credential's header in other letters", [request])


def _elsewhere(siege: Siege) -> Iterator[Volley]:
    """Be the same caller, from other addresses, by another name of this server, or spelled otherwise."""
    if not siege.http.caller or not siege.valid:
        return
    sources = [siege.request(source=f"127.0.0.{n}") for n in (9, 10)]
    yield siege.volley("bypass", "the same credential from another address each time", sources)
    alone = [siege.request(alone=True)] * 2
    yield siege.volley("bypass", "the same credential on another connection each time", alone)
    for name in ("Host", "X-Forwarded-Host", "X-Forwarded-Proto"):
        values = ("https", "http") if name.endswith("Proto") else ("a.example", "b.example")
        requests = [siege.request(headers=((name, value),)) for value in values]
        yield siege.volley("bypass", f"the same credential with another {name} each time", requests)
    siege.use_up_nobodys()
    for what, spelled in respelled(siege.valid[0]):
        request = siege.request(caller=spelled)
        yield siege.volley("bypass", f"the same credential with {what}", [request])


def strangers(siege: Siege) -> Iterator[Volley]:
    """Use up what an address without a credential has, and then claim to be others."""
    siege.calm()
    bare = siege.request(caller="")
    status = siege.send(bare).status
    if status not in SUCCESS:
        yield Volley("stranger", "without a credential", (status,), 0, None, 1)
        return
    for _ in range(siege.limit.limit):
        siege.send(bare)
    alone = [siege.request(caller="", alone=True)] * 2
    yield siege.volley("guess", "without a credential, on another connection each time", alone)
    for name in _FORWARDED:
        requests = [siege.request(caller="", headers=((name, f"203.0.113.{n}"),)) for n in (1, 2)]
        yield siege.volley("guess", f"without a credential, with another {name} each time", requests)
    for hops in _HOPS:
        requests = [siege.request(caller="", headers=_chain(hops, n)) for n in (1, 2)]
        how = f"without a credential, with {hops} other addresses in X-Forwarded-For each time"
        yield siege.volley("guess", how, requests)
    forwarded = siege.request(caller="", headers=(("Forwarded", "for=203.0.113.3"),))
    yield siege.volley("guess", "without a credential, with the header Forwarded", [forwarded])
    yield from _claims(siege, "guess", "without a credential, ", caller="")
    if siege.http.caller:
        wrong = [f"{value}-{n}" for value in siege.http.invalid for n in range(3)]
        yield siege.volley(
            "guess",
            "with another wrong credential each time",
            [siege.request(caller=value) for value in (*siege.http.invalid, *wrong)],
        )


def _claims(siege: Siege, group: str, how: str, *, caller: str | None = None) -> Iterator[Volley]:
    """Claim to be others, in headers that anybody may write."""
    for name in _CLAIMS:
        if name.lower() == siege.http.caller.lower():
            continue
        claims = [f"https://{n}.example" if name in {"Referer", "Origin"} else f"a={n}" for n in (1, 2)]
        requests = [siege.request(caller=caller, headers=((name, claim),)) for claim in claims]
        yield siege.volley(group, f"{how}with another {name} each time", requests)


def respelled(credential: str) -> Iterator[tuple[str, str]]:
    """Yield other spellings of a credential that servers may read as the same (RFC 9110, 5.5 and 11.1)."""
    scheme, space, token = credential.partition(" ")
    if space and token:
        for what, other in (
            ("small", scheme.lower()),
            ("capital", scheme.upper()),
            ("mixed", scheme.swapcase()),
        ):
            if other != scheme:
                yield f"its scheme in {what} letters", f"{other} {token}"
        yield "more spaces after its scheme", f"{scheme}   {token}"
        yield "a tab after its scheme", f"{scheme}\t{token}"
    yield "spaces around it", f"  {credential}  "


def _chain(hops: int, number: int) -> tuple[tuple[str, str], ...]:
    """Return the header that proxies in a row would have sent, each of them another one for each number."""
    return (("X-Forwarded-For", ", ".join(f"203.0.113.{10 * hop + number}" for hop in range(1, hops + 1))),)
