"""What a service does after its answer may come when another run has begun, in which its caller calls nothing."""

from types import SimpleNamespace

from pytest_readiness.gather.wallet.meeting import Call, Caller
from pytest_readiness.gather.wallet.wire.lines import Lines
from pytest_readiness.gather.wallet.wire.meeting import WireMeeting
from pytest_readiness.gather.wallet.wire.wire import Event

CALL = Call("deposit a 10", "deposit", {}, "deposit")


def told(*events):
    """Return what the proxy is told where the first of two callers calls nothing, and what is held of him."""
    commands = []
    wire = SimpleNamespace(tell=lambda *command: commands.append(command))
    callers, lines = [Caller(0, []), Caller(1, [CALL])], Lines()
    meeting = WireMeeting(callers, SimpleNamespace(place=int), wire, None, lines)
    for event in events:
        meeting._heard(event, callers[1])
    return commands, callers[0].held


def test_it_passes_and_is_held_for_nobody():
    left = Event("unit", 3, text="insert into audited values (1)", runs=True, status="I")
    commands, held = told(Event("opened", 3, door=0), left, Event("ended", 3, status="I"))
    assert commands == [("go", 3), ("deliver", 3)]
    assert not held


def test_what_somebody_calls_is_held():
    asked = Event("unit", 4, text="update w set bal = 1", runs=True, status="I")
    assert told(Event("opened", 4, door=1), asked) == ([], 0)
