"""What a service does after its answer may come when another run has begun, in which its caller calls nothing."""

from collections import deque
from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from pytest_readiness.evidence.wallet import Answer
from pytest_readiness.gather.wallet.meeting import Call, Caller
from pytest_readiness.gather.wallet.wire.apart import Apart
from pytest_readiness.gather.wallet.wire.lines import Asked, Lines
from pytest_readiness.gather.wallet.wire.meeting import WireMeeting
from pytest_readiness.gather.wallet.wire.passing import Transaction
from pytest_readiness.gather.wallet.wire.wire import Event

CALL = Call("deposit a 10", "deposit", {}, "deposit")


def told(*events):
    """Return what the proxy is told where the first of two callers calls nothing, and what is held of him."""
    commands = []
    wire = SimpleNamespace(tell=lambda *command: commands.append(command), apart=Apart())
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


class Idle:
    """Passes on what it is told to, and a service that answers at once."""

    apart = Apart()

    def __init__(self):
        self.events, self.passed = deque(), []

    def tell(self, command, line):
        self.passed.append((command, line))
        if command == "go":
            self.events.append(Event("ended", line, status="I"))

    def put(self, event):
        self.events.append(event)

    def next(self, _within):
        return self.events.popleft() if self.events else None

    def place(self, number):
        return number

    def submit(self, _operation, _values, _number):
        answered = Future()
        answered.set_result(None)
        return answered

    def finish(self, operation, _future):
        return Answer(operation, accepted=True)


def test_one_by_one_it_is_no_call():
    service, callers, lines = Idle(), [Caller(0, [CALL, CALL])], Lines()
    meeting = WireMeeting(callers, service, service, None, lines, serial=True)
    meeting._deadline = float("inf")
    meeting._heard(Event("opened", 3, door=0), None)
    for left in ("insert into audited values (1)", "insert into told values (1)"):
        meeting._heard(Event("unit", 3, text=left, runs=True, status="I"), None)
        meeting._step(callers[0])
    assert service.passed.count(("go", 3)) == 2
    assert callers[0].finished


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("insert into app.audited (movement) values ($1)", {"audited"}),
        ('update only "Wallets" set bal = 1 from fees f where f.id = 1', {"wallets", "fees"}),
        ("select 1 from a join b on true where exists (select from c) for update of a", {"a", "b", "c"}),
        ("insert into a values (1) on conflict (id) do update set n = 1", {"a"}),
        ("delete from a using b; select n from q for update skip locked", {"a", "b", "q"}),
        ("select audit($1)", set()),
    ],
)
def test_what_a_transaction_touches_is_named_by_its_statements(text, named):
    assert Transaction(1, [Asked(text, runs=True)]).relations == named


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("insert into audited (movement) values ($1) returning id", True),
        ("update only told set at = now() where id = any($1)", True),
        ("with x as (insert into told values (1)) select credit($1)", False),
        ("select credit($1)", False),
        ("select a.id from a, accounts", False),
        ("copy told from stdin", False),
        ("call book(1)", False),
    ],
)
def test_what_may_touch_more_than_it_names_is_told(text, plain):
    assert Transaction(1, [Asked(text, runs=True)]).plain is plain
