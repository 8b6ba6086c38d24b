"""What somebody did before an attack counts as theirs, and not as the attack."""

from pytest_readiness.target.identities import Identity
from pytest_readiness.target.replaying import parts

BY_SETTING = Identity("alice", "", "app", ("select set_config('app.id', '7', true)",))
BY_LOGIN = Identity("alice", "north", "growers", (), member=True)
CALL = "select public.answer('x')"


def test_whom_settings_make_somebody_acts_by_them():
    assert BY_SETTING.acting(CALL) == (*BY_SETTING.statements, CALL)


def test_whom_a_login_makes_somebody_logs_in_and_out_again():
    became, call, back = BY_LOGIN.acting(CALL)
    assert became.endswith('\nset local session authorization "north"')
    assert call == CALL
    assert back == "set local session authorization default"


def test_what_the_victim_did_by_her_login_is_no_part_of_the_theft():
    bob = Identity("bob", "south", "growers", (), member=True)
    before = "".join(f"{one};\n" for one in BY_LOGIN.acting(CALL))
    text = f"begin;\n{before}{bob.script()}\n{CALL};\nreset session authorization;\nselect 1;\nrollback;"
    found = parts(text)
    assert CALL in found.setup
    assert found.theft == ('set local session authorization "south"', CALL)
    assert found.look == ("select 1",)
