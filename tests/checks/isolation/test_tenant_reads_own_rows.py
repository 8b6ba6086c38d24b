"""ISO001 on evidence made by hand: what is a leak, what is a pass, and what proves nothing."""

from dataclasses import replace

import pytest

from pytest_readiness import Status
from pytest_readiness.evidence.access import AccessEvidence, Exposure, Read, RelationAccess
from readiness_checks.isolation.tenant_reads_own_rows import tenant_reads_own_rows

OWNER = Read("alice", own=1, foreign=0, sql="select 'as alice'")
OTHER = Read("bob", own=0, foreign=0)
ANON = Read("anon", own=0, foreign=0)
THIEF = Read("bob", own=0, foreign=2, victim="alice", canary="alice-note", sql="select 'as bob'")
REFUSED = Read("alice", own=0, foreign=0, sqlstate="42501", message="permission denied")
PAYMENTS = RelationAccess(
    relation="public.payments",
    kind="table",
    owned_by="user_id refers to auth.users",
    nobodys=False,
    keys_only=False,
    rows=1,
    unfilled="",
    published_by="",
    policies=("own payments",),
    reads=(OWNER, OTHER, ANON),
)
UNSEEN = replace(PAYMENTS, reads=(replace(OWNER, own=0), OTHER, ANON))


def judge(relation):
    (finding,) = tenant_reads_own_rows(AccessEvidence((relation,)))
    assert finding.subject == relation.relation
    return finding


def test_a_relation_that_only_its_owner_reads_passes():
    finding = judge(PAYMENTS)
    assert finding.status is Status.PASSED
    assert finding.detail == "its owner reads it, nobody else does"


def test_a_row_of_somebody_else_is_a_leak_that_can_be_seen_again():
    finding = judge(replace(PAYMENTS, reads=(OWNER, THIEF, ANON)))
    assert finding.status is Status.FAILED
    assert finding.detail == (
        "As bob I read alice's payment: `alice-note` (public.payments, SELECT, policy own payments)."
    )
    assert finding.reproduce == "select 'as bob'"
    assert "user_id refers to auth.users" in finding.fix
    assert 'world_readable = ["public.payments"]' in finding.fix


@pytest.mark.parametrize("position", [1, 2])
def test_it_does_not_matter_who_the_thief_is(position):
    reads = [OWNER, OTHER, ANON]
    reads[position] = replace(reads[position], foreign=1, victim="alice")
    finding = judge(replace(PAYMENTS, reads=tuple(reads)))
    assert finding.status is Status.FAILED
    assert finding.detail.startswith(f"As {reads[position].actor} I read alice's payment")


def test_what_the_owner_reads_of_others_is_not_held_against_the_relation_here():
    # The others' reads are the attack; the owner's is the control.
    assert judge(replace(PAYMENTS, reads=(replace(OWNER, foreign=1), OTHER))).status is Status.PASSED


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ((), "no policy stands in the way"),
        (("a",), "policy a)"),
        (("a", "b"), "policy a, b)"),
    ],
)
def test_a_leak_names_the_policies_that_let_it_through(policies, said):
    assert said in judge(replace(PAYMENTS, policies=policies, reads=(OWNER, THIEF))).detail


@pytest.mark.parametrize(
    ("canary", "foreign", "said"), [("x", 3, ": `x` ("), ("", 1, ": 1 row ("), ("", 3, ": 3 rows (")]
)
def test_a_leak_shows_a_recognisable_value_or_counts_rows(canary, foreign, said):
    thief = replace(THIEF, canary=canary, foreign=foreign)
    assert said in judge(replace(PAYMENTS, reads=(OWNER, thief))).detail


@pytest.mark.parametrize(
    ("relation", "noun"),
    [
        ("public.payments", "payment"),
        ("public.companies", "company"),
        ("public.address", "address"),
        ("public.balance", "balance"),
        ("public.api_keys", "api key"),
        ('public."Order Items"', "Order Item"),
    ],
)
def test_a_leak_calls_a_row_what_a_person_would(relation, noun):
    assert f"alice's {noun}:" in judge(replace(PAYMENTS, relation=relation, reads=(OWNER, THIEF))).detail


def test_keys_that_go_together_are_no_secret():
    finding = judge(replace(PAYMENTS, keys_only=True, reads=(OWNER, THIEF)))
    assert finding.status is Status.PASSED
    assert "which keys go together" in finding.detail


def test_keys_alone_do_not_excuse_a_relation_that_raises():
    broken = replace(OWNER, own=0, sqlstate="22P02", message="invalid input")
    assert judge(replace(PAYMENTS, keys_only=True, reads=(broken, OTHER))).status is Status.FAILED


def test_a_published_row_may_be_read_by_all_and_the_column_is_named():
    finding = judge(replace(PAYMENTS, published_by="is_public = true", reads=(OWNER, THIEF)))
    assert finding.status is Status.PASSED
    assert finding.detail.endswith("; rows with is_public = true are for everybody")


def test_a_published_row_that_its_owner_does_not_see_proves_nothing():
    finding = judge(replace(UNSEEN, published_by="is_public = true"))
    assert finding.status is Status.UNKNOWN


def test_a_policy_that_raises_fails_for_its_legitimate_user_too():
    broken = replace(OWNER, own=0, sqlstate="42P17", message="infinite recursion")
    finding = judge(replace(PAYMENTS, reads=(broken, OTHER)))
    assert finding.status is Status.FAILED
    assert finding.detail == "Nobody can read public.payments: 42P17 infinite recursion."
    assert finding.reproduce == "select 'as alice'"
    assert finding.fix


def test_a_leak_is_told_before_an_error_of_the_owner():
    broken = replace(OWNER, own=0, sqlstate="42P17", message="infinite recursion")
    assert judge(replace(PAYMENTS, reads=(broken, THIEF))).detail.startswith("As bob I read")


def test_a_relation_that_all_are_refused_passes():
    finding = judge(replace(PAYMENTS, reads=(REFUSED, replace(REFUSED, actor="bob"))))
    assert finding.status is Status.PASSED
    assert finding.detail == "no client role may select from it"


def test_an_error_is_no_refusal():
    error = replace(REFUSED, actor="bob", sqlstate="57014", message="timeout")
    assert judge(replace(PAYMENTS, reads=(REFUSED, error))).status is Status.UNKNOWN


def test_rows_of_nobody_pass():
    finding = judge(replace(UNSEEN, nobodys=True, owned_by=""))
    assert finding.status is Status.PASSED
    assert "belong to nobody" in finding.detail


def test_a_list_that_its_policy_calls_one_passes_where_it_is_nobodys():
    finding = judge(replace(UNSEEN, owned_by="", open_by="insurer catalogue"))
    assert finding.status is Status.PASSED
    assert finding.detail == "it is a list for everybody, as its policy insurer catalogue says"
    assert judge(replace(UNSEEN, open_by="insurer catalogue")).status is Status.UNKNOWN


def test_rows_of_which_each_user_reads_others_pass_though_nothing_names_an_owner():
    finding = judge(replace(UNSEEN, owned_by="", apart=True))
    assert finding.status is Status.PASSED
    assert finding.detail == "two users read rows of it, and neither reads one of the other's"
    assert judge(replace(UNSEEN, apart=True)).status is Status.UNKNOWN


def test_rows_of_nobody_that_turn_out_to_be_somebodys_are_a_leak():
    assert judge(replace(PAYMENTS, nobodys=True, reads=(OWNER, THIEF))).status is Status.FAILED


def test_a_row_behind_row_level_security_without_a_policy_is_safe():
    finding = judge(replace(UNSEEN, policies=()))
    assert finding.status is Status.PASSED
    assert "without a SELECT policy" in finding.detail


def test_a_table_that_no_policy_shows_to_clients_is_safe_whoever_its_rows_belong_to():
    nobody_knows = replace(UNSEEN, policies=(), rows=0, owned_by="", shut=True)
    assert judge(nobody_knows).status is Status.PASSED
    assert judge(replace(nobody_knows, shut=False)).status is Status.UNKNOWN
    assert judge(replace(nobody_knows, policies=("some",))).status is Status.UNKNOWN
    came = replace(nobody_knows.reads[-1], returned=1)
    assert judge(replace(nobody_knows, reads=(*nobody_knows.reads[:-1], came))).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("relation", "said", "fix"),
    [
        (replace(UNSEEN, owned_by=""), "nothing tells whom", 'owners = { "public.payments" = "COLUMN" }'),
        (replace(UNSEEN, rows=0, unfilled="no value fits"), "no row could be made in it: no value fits", ""),
        (replace(UNSEEN, rows=0), "shows no value of a row", ""),
        (replace(UNSEEN, rows=0, policies=()), "shows no value of a row", ""),
        (UNSEEN, "its owner does not see the row either (user_id refers", "COLUMN"),
    ],
    ids=["no owner", "not filled", "no rows", "no rows, no policies", "control failed"],
)
def test_nothing_is_proven_without_a_row_that_its_owner_sees(relation, said, fix):
    finding = judge(relation)
    assert finding.status is Status.UNKNOWN
    assert finding.reason == "inconclusive"
    assert said in finding.detail
    assert fix in finding.fix


def test_what_strangers_read_of_private_people_fails_whoever_it_belongs_to():
    exposure = Exposure("anon", "home_address", "select 'as anon'")
    finding = judge(replace(UNSEEN, owned_by="", exposure=exposure))
    assert finding.status is Status.FAILED
    assert finding.detail.startswith("As anon, who did not sign in, I read of private people")
    assert "home_address (public.payments, SELECT, policy own payments)" in finding.detail
    assert finding.reproduce == "select 'as anon'"
    assert 'world_readable = ["public.payments"]' in finding.fix
    belonging_to_nobody = replace(UNSEEN, owned_by="", nobodys=True, exposure=exposure)
    assert judge(belonging_to_nobody).status is Status.FAILED


def test_a_target_that_nobody_can_be_impersonated_in_is_unknown():
    (finding,) = tenant_reads_own_rows(AccessEvidence((), undeclared="no session is declared"))
    assert finding.status is Status.UNKNOWN
    assert finding.detail == "no session is declared"


def test_every_relation_gets_its_own_finding():
    leaky = replace(PAYMENTS, relation="public.notes", reads=(OWNER, THIEF))
    found = tenant_reads_own_rows(AccessEvidence((PAYMENTS, leaky)))
    assert {f.subject: f.status for f in found} == {
        "public.payments": Status.PASSED,
        "public.notes": Status.FAILED,
    }


def test_a_state_of_which_nothing_tells_whom_it_shows_a_row_to_is_no_leak_and_no_pass():
    unclear = "rows with is_template = 'true' in public.decks"
    finding = judge(replace(PAYMENTS, unclear=unclear, reads=(OWNER, OTHER, THIEF)))
    assert finding.status is Status.UNKNOWN
    assert unclear in finding.detail
    assert 'world_readable = ["public.payments"]' in finding.fix


def test_a_view_that_asks_as_its_caller_shows_nothing_that_he_could_not_ask():
    view = replace(UNSEEN, kind="view", owned_by="")
    assert judge(view).status is Status.UNKNOWN
    assert judge(replace(view, as_caller=True)).status is Status.PASSED
    leaking = replace(view, as_caller=True, reads=(replace(OWNER, own=0), THIEF))
    assert judge(leaking).status is Status.PASSED
    broken = replace(view, as_caller=True, reads=(replace(OWNER, sqlstate="42P17", message="recursion"),))
    assert judge(broken).status is Status.FAILED


def test_what_is_kept_from_its_reader_is_told_before_what_somebody_else_reads():
    kept = replace(THIEF, actor="carol", canary="kept-note", kept=True)
    assert judge(replace(PAYMENTS, reads=(OWNER, THIEF, kept))).detail.startswith(
        "As carol I read alice's payment: `kept-note`"
    )


def test_what_a_view_shows_beside_a_key_and_a_table_hides_proves_nothing():
    view = replace(PAYMENTS, kind="view", untold="aid beside the key of alice, whose row public.nights hides")
    finding = judge(view)
    assert finding.status is Status.UNKNOWN
    assert "aid beside the key of alice, whose row public.nights hides from them" in finding.detail
    assert 'world_readable = ["public.payments"]' in finding.fix


@pytest.mark.parametrize("published", ["", "shown = true"])
def test_a_secret_of_the_platform_is_nobodys_row_and_a_leak(published):
    told = replace(ANON, confidential="mail_api_key", sql="select 'as anon'")
    access = replace(
        PAYMENTS,
        relation="public.config",
        owned_by="",
        published_by=published,
        by="policy all on public.config",
    )
    finding = judge(replace(access, reads=(OWNER, OTHER, told)))
    assert finding.status is Status.FAILED
    assert finding.detail == (
        "As anon I read a secret of the platform's in public.config: mail_api_key "
        "(SELECT, policy all on public.config)."
    )
    assert finding.reproduce == "select 'as anon'"


def test_what_the_owner_reads_is_no_secret_told():
    assert judge(replace(PAYMENTS, reads=(replace(OWNER, confidential="key"), OTHER))).status is Status.PASSED


def test_a_register_of_tenants_by_which_the_application_learns_who_is_called_is_no_leak():
    finding = judge(replace(PAYMENTS, door=True, reads=(OWNER, THIEF)))
    assert finding.status is Status.PASSED
    assert "before it can say who calls" in finding.detail


def test_what_follows_from_one_cause_is_one_finding_that_names_it():
    thief = replace(THIEF, cause="public.welcome()", by="public.welcome() believes rank", mend="Mend that.")
    first = replace(PAYMENTS, reads=(OWNER, OTHER, thief))
    relations = (first, replace(first, relation="public.notes"), replace(PAYMENTS, relation="public.own"))
    failed = [one for one in tenant_reads_own_rows(AccessEvidence(relations)) if one.status is Status.FAILED]
    assert [one.subject for one in failed] == ["public.payments"]
    assert failed[0].detail == (
        "As bob I read alice's payment: `alice-note` (public.payments, SELECT, public.welcome() believes rank). "
        "The same goes for public.notes."
    )
    assert failed[0].fix == "Mend that."
