"""Whether processes of a service share a limit, where one alone was declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.endpoints import Volley
from pytest_readiness.evidence.statuses import SUCCESS
from pytest_readiness.providers.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.endpoints.siege import Siege
    from pytest_readiness.target.requests import Place


def shared(siege: Siege) -> Iterator[Volley]:
    """Use the limit up, and ask a process that was started anew, where settings give it a Redis to share."""
    service, asked = siege.service, siege.limit.limit + 1
    if len(service.places) > 1 or not service.has_redis or not siege.affords(asked + 2):
        return
    try:
        with service.another() as place:
            yield from _asked(siege, place, asked)
    except ProviderError as error:
        what = f"a second process does not start ({str(error).splitlines()[0]})"
        yield Volley("process", what, (), 0, None, 0)


def _asked(siege: Siege, place: Place, asked: int) -> Iterator[Volley]:
    siege.calm()
    served = [siege.shot().status in SUCCESS for _ in range(asked)]
    status = siege.at(place).status
    # A first process that refuses early, by what it remembers, or serves again meanwhile, proves nothing.
    if all(served[:-1]) and not served[-1] and siege.shot().status not in SUCCESS:
        what = "a second process of the service, once the limit is used up at the first"
        yield Volley("process", what, (status,), int(status in SUCCESS), None, 1)
