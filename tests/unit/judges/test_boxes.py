"""Anybody may put a row in somebody's place if his policy says so and the row says who writes, and no more."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CatalogEvidence, ForeignKey, Function, Policy, Privileges
from pytest_readiness.evidence.ownership import Membership, Owners, Ownership
from pytest_readiness.judges.purpose.boxes import filled_by, open_box
from pytest_readiness.judges.sql.texts import Texts
from relations import column, relation

NAME = "public.requests"
OTHER = relation("public.files", column("id"), using=("id in (select lawyer_id from requests)",))


LIMITED = ("lawyer_id", "from_email", "message")


def box(*kind, check="true", roles=("anon", "authenticated"), insert=LIMITED, whole=False):
    """Make a table; a whole one lets callers write its key too."""
    made = relation(NAME, column("id"), *(column(name, kind[0] if kind else "text") for name in insert))
    policy = Policy("drop", "INSERT", roles, permissive=True, using="", check=check)
    held = Privileges(insert=("id", *insert) if whole else insert)
    return replace(made, policies=(policy,), privileges={"anon": held, "authenticated": held})


def function(name, body, **facts):
    """Make a function with its owner's rights."""
    values = {
        "schema": "public",
        "name": name,
        "signature": f"{name}()",
        "kind": "function",
        "returns": "void",
        "definer": True,
        "owner": "postgres",
        "volatility": "volatile",
        "language": "sql",
        "config": (),
        "body": body,
        "defaults": 0,
        "arguments": (),
        "callers": ("authenticated",),
    }
    return Function(**values | facts)


def judged(table, *relations, owned=None, functions=(), published=(), **facts):
    catalog = CatalogEvidence((table, *relations), 180001, functions=functions)
    owner = owned or Ownership(users=(table.columns[1].name,))
    owners = Owners({NAME: owner}, **facts)
    return open_box(table, owners, Texts(catalog), "anon", "authenticated", published)


@pytest.mark.parametrize(
    "table",
    [
        box(),
        box(whole=True),
        box(insert=("lawyer_id", "email", "message")),
        box(insert=("lawyer_id", "replyTo", "message"), whole=True),
        box(insert=("lawyer_id", "visitor_email", "message"), whole=True),
    ],
    ids=["both", "a sender", "a grant of columns", "camels", "a visitor"],
)
def test_a_contact_form_is_a_box(table):
    found = judged(table)
    assert found.sure
    assert (found.meant, found.policy) == ("its policy drop says", "drop")
    assert (found.takes("anon"), found.takes("authenticated"), found.takes("clerk")) == (True, True, False)


@pytest.mark.parametrize(
    "table",
    [
        box(insert=("lawyer_id", "email", "message"), whole=True),
        box(insert=("user_id", "from_email", "message")),
        box(insert=("profile_id", "sender_email", "message"), whole=True),
        box(insert=("account_id", "email", "street")),
    ],
    ids=["no sender", "a user", "a profile", "a grant alone"],
)
def test_what_may_be_an_open_door_is_for_settings_to_say(table):
    found = judged(table)
    assert (found.sure, found.meant) == (False, "")
    said, *lines = found.doubt.split("\n")
    assert "policy drop" in said
    assert lines == ["[isolation]", f'drop_boxes = ["{NAME}"]']


@pytest.mark.parametrize(
    "table",
    [
        box(roles=("public",)),
        box(roles=("authenticated",)),
        box(check="(lawyer_id IS NOT NULL)"),
        box(insert=("lawyer_id", "message")),
        box(insert=("lawyer_id", "full_name", "street")),
        box(insert=("created_by", "email", "message")),
        box(insert=("author_id", "from_email", "message")),
        box(insert=("lawyer_id", "email", "amount")),
        box(insert=("lawyer_id", "email", "role")),
        box("numeric(10,2)", insert=("lawyer_id", "email", "due")),
        box("uuid", insert=("lawyer_id", "contact", "message")),
        box(insert=("lawyer_id", "contact_id", "message")),
        box(insert=("account_id", "full_name", "phone", "street"), whole=True),
        box(insert=("parent_id", "first_name", "born")),
        box(insert=("profile_id", "contact_id", "body")),
        replace(box(), privileges={}),
    ],
    ids=[
        *(
            "for all",
            "for users",
            "asks",
            "nobody",
            "a name",
            "recorder",
            "author",
            "money",
            "rank",
            "number",
        ),
        *("a key", "a reference", "addresses", "children", "messages", "closed"),
    ],
)
def test_what_is_said_less_plainly_is_none(table):
    assert judged(table) is None


@pytest.mark.parametrize(
    "owned",
    [
        Ownership(users=("lawyer_id",), tenants=("firm_id",)),
        Ownership(tenants=("lawyer_id",)),
        Ownership(via=ForeignKey(("lawyer_id",), "public.lawyers", ("id",))),
        Ownership(users=("lawyer_id",), signed=frozenset({"lawyer_id"})),
    ],
    ids=["two", "a tenant", "by a parent", "who signs"],
)
def test_a_row_that_does_not_name_one_user_is_none(owned):
    assert judged(box(insert=("lawyer_id", "firm_id", "from_email")), owned=owned) is None


WARD = "public.wards"
OF_A_WARD = Ownership(tenants=("ward_id",))


def of_a_ward(*insert, receiver="ward_id", name="drop", whole=False):
    table = box(insert=(receiver, *insert), whole=whole)
    refers = (ForeignKey((receiver,), WARD, ("id",)),)
    return replace(table, foreign_keys=refers, policies=(replace(table.policies[0], name=name),))


@pytest.mark.parametrize(
    ("table", "sure"),
    [
        (of_a_ward("contact", "said"), True),
        (of_a_ward("from_email", "said", whole=True), True),
        (of_a_ward("email", "said", whole=True), False),
        (of_a_ward("email", "said", receiver="org_id"), False),
        (of_a_ward("email", "said", receiver="org_id", name="anybody reports"), True),
    ],
    ids=["a grant", "a sender", "neither", "a word for writers", "anybody"],
)
def test_a_tenant_that_strangers_know_gets_what_they_leave(table, sure):
    owned = Ownership(tenants=(table.columns[1].name,))
    known = {"roots": {WARD: "id"}}
    assert judged(table, owned=owned, published={WARD}, **known).sure is sure
    assert judged(table, owned=owned, **known) is None
    assert judged(table, owned=owned, published={WARD}) is None


@pytest.mark.parametrize(
    ("table", "owned"),
    [
        (of_a_ward("said"), OF_A_WARD),
        (of_a_ward("email", "amount"), OF_A_WARD),
        (replace(of_a_ward("email", "said"), foreign_keys=()), OF_A_WARD),
        (of_a_ward("email", "said"), replace(OF_A_WARD, users=("author_id",))),
    ],
    ids=["nobody to answer", "money", "refers to nothing", "somebody's beside"],
)
def test_what_a_tenant_gets_says_who_sends_it_and_counts_for_nothing(table, owned):
    assert judged(table, owned=owned, published={WARD}, roots={WARD: "id"}) is None


def test_what_users_write_besides_counts():
    table = box(insert=(*LIMITED, "amount"))
    held = {"anon": Privileges(insert=LIMITED), "authenticated": Privileges(insert=(*LIMITED, "amount"))}
    assert judged(replace(table, privileges=held)) is None


def test_users_whom_no_such_policy_names_leave_nothing():
    found = judged(box(roles=("anon",)))
    assert (found.takes("anon"), found.takes("authenticated")) == (True, False)


def test_settings_have_the_last_word():
    found = judged(box(insert=("account_id", "street")), boxes=frozenset({NAME}))
    assert (found.meant, found.takes("clerk")) == ("settings declare", True)


def test_a_row_that_others_ask_for_is_none():
    assert judged(box(), OTHER) is None


def test_a_row_that_a_function_goes_on_from_is_none():
    body = "insert into files select lawyer_id from requests"
    accept = function("public.accept", body)
    assert judged(box(), replace(OTHER, policies=()), functions=(accept,)) is None


def test_a_membership_is_none():
    belonging = Membership(NAME, "lawyer_id", "firm_id", "")
    assert judged(box(), memberships=(belonging,)) is None


ENQUIRE = function("public.enquire", "insert into requests (lawyer_id, from_email) values ($1, $2)")
GIVEN = frozenset({"lawyer_id", "from_email"})


def filled(*functions, table=None, owned=None, given=GIVEN, maker=ENQUIRE, chosen=False, others=()):
    made = table or box()
    catalog = CatalogEvidence(
        (made, replace(OTHER, policies=()), *others), 180001, functions=(maker, *functions)
    )
    owners = Owners({NAME: owned or Ownership(tenants=("lawyer_id",))})
    return filled_by(maker, made, given, owners, Texts(catalog), chosen=chosen)


def test_a_function_fills_a_box_of_a_user_or_a_tenant():
    for owned in (Ownership(tenants=("lawyer_id",)), Ownership(users=("lawyer_id",))):
        found = filled(owned=owned)
        assert (found.sure, found.function) == (True, "public.enquire()")
        assert found.doubt.startswith("public.enquire() lets those who did not sign in")


def test_who_is_called_as_writers_are_may_have_an_open_door():
    table = box(insert=("team_id", "email", "message"))
    found = filled(table=table, owned=Ownership(tenants=("team_id",)), given={"team_id", "email"})
    assert not found.sure


@pytest.mark.parametrize(
    "facts",
    [
        {"given": frozenset({"lawyer_id", "message"})},
        {"table": box(insert=("lawyer_id", "from_email", "role")), "given": GIVEN | {"role"}},
        {"owned": Ownership(users=("lawyer_id",), tenants=("firm_id",))},
        {"maker": replace(ENQUIRE, definer=False)},
    ],
    ids=["nobody to answer", "a role", "of two", "with its caller's rights"],
)
def test_what_a_function_makes_besides_is_none(facts):
    assert filled(**facts) is None


def test_functions_that_only_look_at_such_rows_decide_nothing():
    look = function("public.look", "select from requests join files on true")
    accept = function("public.accept", "insert into files select lawyer_id from requests")
    assert filled(look).sure
    assert filled(accept) is None


@pytest.mark.parametrize(
    ("body", "acting"),
    [
        ("begin select lawyer_id, note into l, n from requests; insert into files values (l); end", True),
        (
            "begin for r in select * from requests loop insert into files values (r.lawyer_id); end loop; end",
            True,
        ),
        ("declare r uuid := (select lawyer_id from requests); begin update files set id = r; end", True),
        ("begin select lawyer_id into l from requests; w := l; insert into files values (w); end", True),
        ("begin update files set id = null; insert into mails select 1 from requests; end", False),
    ],
    ids=["variables", "a loop", "an assignment", "a variable of a variable", "beside it"],
)
def test_what_is_taken_from_such_rows_and_written_elsewhere_acts(body, acting):
    mails = relation("public.mails", column("id"), column("request_id"), references={"request_id": NAME})
    found = filled(function("public.act", body), others=(mails,))
    assert (found is None) == acting


def test_what_refers_to_such_rows_follows_from_them():
    mails = relation("public.mails", column("id"), column("request_id"), references={"request_id": NAME})
    send = function("public.send", "insert into mails (request_id) select id from requests")
    assert filled(send, others=(mails,)).sure
    asking = relation("public.bills", column("id"), using=("id in (select request_id from mails)",))
    assert filled(send, others=(mails, asking)) is None


def test_a_list_of_addresses_is_for_settings_to_say_where_strangers_were_granted_its_function_by_name():
    table = replace(box(insert=("lawyer_id", "email")), primary_key=("lawyer_id", "email"))
    given = frozenset({"lawyer_id", "email"})
    assert filled(table=table, given=given) is None
    left = filled(table=table, given=given, chosen=True)
    assert (left.sure, left.listed) == (False, True)
