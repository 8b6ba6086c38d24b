"""What an attempt changed is harm, unless somebody was given something; two parties own a transfer."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import ForeignKey
from pytest_readiness.evidence.ownership import Owners, Ownership
from pytest_readiness.evidence.people import ALICE, BLUE, BOB, DANA, RED
from pytest_readiness.judges.isolation.harm import Harms
from pytest_readiness.judges.isolation.labels import Labels
from pytest_readiness.judges.purpose.payments import taken
from relations import catalog, column, relation

PURSES = relation("public.purses", column("id"), column("owner_id"), column("cents", "bigint"))
MOVES = relation(
    "public.moves",
    column("id"),
    column("source"),
    column("target"),
    references={"source": "public.purses", "target": "public.purses"},
)
CATALOG = catalog(PURSES, MOVES)
OWNERS = Owners(
    owned={
        "public.purses": Ownership(users=("owner_id",)),
        "public.moves": Ownership(via=MOVES.foreign_keys[0]),
    }
)
HERS = {
    "id": "1",
    "owner_id": ALICE.uuid,
    "cents": 5,
    "updated_at": "then",
    "note": "n",
    "log": ["a"],
    "stars": {"seen": {"wren": 2}, "word": "x"},
}
HIS = {**HERS, "id": "2", "owner_id": BOB.uuid}


def done(before, after, named=()):
    """Return the kinds of harm in what became of one purse."""
    gone, new = ([before] if before else []), ([after] if after else [])
    labels = Labels(CATALOG, OWNERS, {"public.purses": (HERS, HIS)})
    changed = {"public.purses": (gone, new)}
    return [harm.kind for harm in Harms(CATALOG, OWNERS, labels).of(changed, BOB, named)]


@pytest.mark.parametrize(
    "change",
    [
        {"cents": 6},
        {"cents": 6, "updated_at": "now"},
        {"updated_at": "now"},
        {"log": ["a", "b"]},
        {"stars": {"seen": {"wren": 3}, "word": "x", "finch": 1}},
    ],
    ids=["paid", "paid and stamped", "stamped", "told", "counted in a document"],
)
def test_what_only_grows_is_a_gift_unless_it_was_updated_by_name(change):
    assert done(HERS, HERS | change) == []
    assert done(HERS, HERS | change, {"public.purses"}) == ["altered"]


@pytest.mark.parametrize(
    "change",
    [
        {"cents": 4},
        {"note": "x"},
        {"cents": 6, "note": "x"},
        {"log": []},
        {"cents": None},
        {"stars": {"seen": {"wren": 1}, "word": "x"}},
        {"stars": {"seen": {"wren": 3}, "word": "x", "said": "y"}},
        {"stars": {"seen": {"wren": 3}}},
    ],
)
def test_any_other_change_is_harm(change):
    assert done(HERS, HERS | change) == ["altered"]


LINES = relation(
    "public.lines",
    column("id"),
    column("shop"),
    column("purse", "text"),
    references={"purse": "public.purses"},
)
LINE = {"id": "8", "shop": BLUE.uuid, "purse": "1", "quantity": 2, "price": 2.5}


@pytest.mark.parametrize(
    ("grown", "line", "his", "hidden", "kinds"),
    [
        (5, LINE, None, True, ["altered"]),
        (5, LINE, None, False, []),
        (5, LINE, (HIS, HIS | {"cents": 0}), True, []),
        (5, LINE, (HIS, HIS | {"cents": HIS["cents"] + 5}), True, ["altered"]),
        (5, LINE, (HIS, HIS | {"cents": HIS["cents"] + 2}), True, []),
        (1, LINE | {"quantity": 1}, None, True, []),
        (7, LINE, None, True, []),
        (5, LINE | {"shop": RED.uuid}, None, True, []),
        (7, LINE | {"price": 12}, None, True, ["altered"]),
        (7, LINE | {"price": 12}, None, False, []),
    ],
    ids=[
        "at will",
        "of a row that he sees",
        "paid by him",
        "beside his, by as much",
        "beside his, by less",
        "counted",
        "by other numbers",
        "in her own name",
        "to what he wrote",
        "to what he wrote, as he sees",
    ],
)
def test_a_hidden_number_that_grows_by_what_a_stranger_writes_is_harm(grown, line, his, hidden, kinds):
    owners = Owners(owned=OWNERS.owned | {"public.lines": Ownership(tenants=("shop",))})
    known = catalog(PURSES, MOVES, LINES)
    labels = Labels(known, owners, {"public.purses": (HERS, HIS)})
    gone, new = ([HERS], [HERS | {"cents": HERS["cents"] + grown}])
    if his:
        gone, new = [*gone, his[0]], [*new, his[1]]
    changed = {"public.purses": (gone, new), "public.lines": ([], [line])}
    found = Harms(known, owners, labels, lambda _: hidden).of(changed, BOB)
    assert [harm.kind for harm in found if harm.relation == "public.purses"] == kinds


@pytest.mark.parametrize(
    ("grown", "thing", "quantity", "hidden", "kinds"),
    [
        (35, {}, 5, True, ["altered"]),
        (7, {}, 1, True, ["altered"]),
        (1, {}, 1, True, []),
        (36, {}, 5, True, []),
        (35, {"owner_id": ALICE.uuid}, 5, True, []),
        (35, {}, 5, False, []),
        (4, {"price": 1}, 1, True, []),
    ],
    ids=["so many", "one", "counted", "by other numbers", "of hers", "of a row that he sees", "by a key"],
)
def test_a_hidden_number_that_grows_by_what_a_strangers_thing_costs_is_harm(
    grown, thing, quantity, hidden, kinds
):
    things = relation("public.things", column("id", "bigint"), column("owner_id"), column("price", "bigint"))
    uses = relation(
        "public.uses",
        *(
            column("id"),
            column("by"),
            column("thing", "bigint"),
            column("purse"),
            column("quantity", "bigint"),
        ),
        references={"thing": "public.things", "purse": "public.purses"},
    )
    owned = {
        "public.purses": Ownership(users=("owner_id",)),
        "public.things": Ownership(users=("owner_id",)),
        "public.uses": Ownership(users=("by",)),
    }
    known, owners = catalog(PURSES, things, uses), Owners(owned=owned)
    his = {"id": 4, "owner_id": BOB.uuid, "price": 7} | thing
    labels = Labels(known, owners, {"public.purses": (HERS, HIS), "public.things": (his,)})
    row = {"id": "9", "by": BOB.uuid, "thing": 4, "purse": "1", "quantity": quantity}
    changed = {
        "public.purses": ([HERS], [HERS | {"cents": HERS["cents"] + grown}]),
        "public.uses": ([], [row]),
    }
    found = Harms(known, owners, labels, lambda _: hidden).of(changed, BOB)
    assert [harm.kind for harm in found if harm.relation == "public.purses"] == kinds


@pytest.mark.parametrize("hidden", [True, False])
def test_a_number_in_a_document_grows_at_will_as_any_other(hidden):
    owners = Owners(owned=OWNERS.owned | {"public.lines": Ownership(tenants=("shop",))})
    known = catalog(PURSES, MOVES, LINES)
    labels = Labels(known, owners, {"public.purses": (HERS, HIS)})
    more = HERS | {"stars": {"seen": {"wren": 7}, "word": "x"}}
    changed = {"public.purses": ([HERS], [more]), "public.lines": ([], [LINE])}
    found = Harms(known, owners, labels, lambda _: hidden).of(changed, BOB)
    assert [harm.kind for harm in found if harm.relation == "public.purses"] == ["altered"] * hidden


STOCK = replace(
    relation(
        "public.stock", column("shop"), column("sku", "text"), column("pieces", "bigint"), key=("shop", "sku")
    ),
    unique=(("shop", "sku"),),
)
ARTICLE = {"shop": RED.uuid, "sku": "A4", "pieces": 5, "unread": 0}
OWN_ARTICLE = ARTICLE | {"shop": BLUE.uuid, "pieces": 90}


@pytest.mark.parametrize(
    ("hers", "his", "kinds"),
    [
        ({"pieces": 9}, {"pieces": 94}, ["altered"]),
        ({"pieces": 6}, {"pieces": 91}, ["altered"]),
        ({"pieces": 9}, {"pieces": 91}, []),
        ({"pieces": 9}, {"pieces": 86}, []),
        ({"pieces": 9}, {}, []),
        ({"pieces": 9}, None, []),
        ({"unread": 1}, {"unread": 1}, []),
        ({"pieces": 9}, {"pieces": 94, "sku": "A5"}, []),
    ],
    ids=["by as much", "by one", "by less", "he pays", "his stays", "his goes", "told", "called otherwise"],
)
def test_a_number_that_grows_beside_his_own_of_the_same_name_was_not_meant(hers, his, kinds):
    owners = Owners(owned={"public.stock": Ownership(tenants=("shop",))})
    own = OWN_ARTICLE | {"sku": (his or {}).get("sku", "A4")}
    gone, new = [ARTICLE, own], [ARTICLE | hers, *([own | his] if his is not None else [])]
    known = catalog(STOCK)
    found = Harms(known, owners, Labels(known, owners)).of({"public.stock": (gone, new)}, BOB)
    assert [harm.kind for harm in found] == kinds


def test_numbers_beside_a_user_are_of_all_who_follow_them():
    owners = Owners(owned={"public.stock": Ownership(users=("shop",))})
    hers, own = ARTICLE | {"shop": ALICE.uuid}, ARTICLE | {"shop": BOB.uuid}
    changed = {"public.stock": ([hers, own], [hers | {"pieces": 9}, own | {"pieces": 9}])}
    known = catalog(STOCK)
    assert not [*Harms(known, owners, Labels(known, owners)).of(changed, BOB)]


ORDERS = relation(
    "public.orders",
    column("id"),
    column("buyer"),
    column("purse", "text"),
    references={"purse": "public.purses"},
)
ORDER = {"id": "7", "buyer": BOB.uuid, "purse": "1", "quantity": 3}


@pytest.mark.parametrize(
    ("after", "order", "hidden", "kinds"),
    [
        ({"cents": 2}, ORDER, False, []),
        ({"cents": 4}, ORDER, False, []),
        ({"cents": 4, "updated_at": "now"}, ORDER, False, []),
        ({"note": "reserved"}, ORDER, False, []),
        ({"cents": 9, "note": BOB.uuid}, ORDER, False, []),
        ({"note": BOB.uuid, "until": "2026-01-02", "top": 5}, ORDER, False, []),
        ({"note": BOB.uuid, "until": "2025-01-02"}, ORDER, False, ["altered"]),
        ({"cents": 9, "note": ALICE.uuid}, ORDER, False, ["altered"]),
        ({"cents": 2}, ORDER, True, ["altered"]),
        ({"cents": 1}, ORDER, False, ["altered"]),
        ({"cents": 4, "note": "mine"}, ORDER, False, ["altered"]),
        ({"note": "mine"}, ORDER, False, ["altered"]),
        ({"cents": 4}, ORDER | {"purse": "2"}, False, ["altered"]),
        ({"cents": 4}, None, False, ["altered"]),
    ],
    ids=[
        "as many as he orders", "one", "stamped", "booked", "bid for", "bid for, and for longer", "ended by a bid", "bid for by somebody else", "that he does not see", "more than he orders",
        "with its text", "its text alone", "ordering another", "ordering nothing",
    ],
)  # fmt: skip
def test_who_orders_what_all_see_takes_some_of_it(after, order, hidden, kinds):
    hers = HERS | {"until": "2026-01-01", "top": None}
    owned = {"public.orders": Ownership(users=("buyer",)), "public.purses": Ownership(users=("owner_id",))}
    known = catalog(PURSES, ORDERS)
    changed = {"public.purses": ([hers], [hers | after]), "public.orders": ([], [order] if order else [])}
    labels = Labels(known, Owners(owned=owned), {"public.purses": (HERS, HIS)})
    found = Harms(known, Owners(owned=owned), labels, lambda _: hidden).of(changed, BOB)
    assert [harm.kind for harm in found] == kinds


@pytest.mark.parametrize(
    ("cents", "buyer", "hidden", "kinds"),
    [
        (4, BOB, False, []),
        (4, BOB, True, ["altered", "forged"]),
        (1, BOB, False, ["altered", "forged"]),
        (5, BOB, False, ["forged"]),
        (4, ALICE, False, ["altered", "forged"]),
    ],
    ids=["one of it", "that he does not see", "more than one", "nothing of it", "for somebody else"],
)
def test_what_he_orders_in_a_place_of_another_tenant_is_his(cents, buyer, hidden, kinds):
    sales = relation(
        "public.sales",
        *(column("id"), column("buyer"), column("fair"), column("purse", "text")),
        references={"purse": "public.purses"},
    )
    sold = Ownership(users=("buyer",), tenants=("fair",))
    owners = Owners(owned={"public.sales": sold, "public.purses": Ownership(users=("owner_id",))})
    known = catalog(PURSES, sales)
    row = {"id": "7", "buyer": buyer.uuid, "fair": RED.uuid, "purse": "1"}
    changed = {"public.purses": ([HERS], [HERS | {"cents": cents}]), "public.sales": ([], [row])}
    labels = Labels(known, owners, {"public.purses": (HERS, HIS)})
    found = Harms(known, owners, labels, lambda _: hidden).of(changed, BOB)
    assert sorted(harm.kind for harm in found) == kinds


@pytest.mark.parametrize(
    ("shelf", "hidden", "kinds"),
    [
        ({"firm": None, "place": 7}, True, ["altered"]),
        ({"firm": None, "place": 8}, True, []),
        ({"firm": "red", "place": 7}, True, []),
        ({"firm": None, "place": None}, True, []),
        ({"firm": None, "place": 7}, False, []),
    ],
    ids=["reached", "of another place", "checked", "refers to nothing", "shown"],
)
def test_what_a_key_with_null_in_it_reaches_is_no_gift(shelf, hidden, kinds):
    key = ForeignKey(("firm", "place"), "public.shelves", ("firm", "place"))
    loads = replace(relation("public.loads", column("id"), column("by")), foreign_keys=(key,))
    owned = {"public.shelves": Ownership(tenants=("firm",)), "public.loads": Ownership(users=("by",))}
    known = catalog(relation("public.shelves", column("firm"), column("place"), key=("firm", "place")), loads)
    before = {"firm": RED.slug, "place": 7, "loads": 3}
    changed = {
        "public.shelves": ([before], [before | {"loads": 4}]),
        "public.loads": ([], [{"id": 1, "by": BOB.uuid} | shelf]),
    }
    owners = Owners(owned)
    harms = Harms(known, owners, Labels(known, owners), lambda _: hidden).of(changed, BOB)
    assert [harm.kind for harm in harms] == kinds


def test_rows_are_destroyed_taken_and_forged():
    assert done(HERS, None) == ["destroyed"]
    assert done(HERS, HERS | {"owner_id": BOB.uuid}) == ["taken"]
    assert done(None, HERS | {"id": "3"}) == ["forged"]


def test_what_becomes_of_ones_own_rows_is_no_harm():
    assert done(HIS, HIS | {"note": "x"}) == done(HIS, None) == []


def test_a_transfer_belongs_to_both_sides():
    labels = Labels(CATALOG, OWNERS, {"public.purses": (HERS, HIS)})
    transfer = {"id": "9", "source": "1", "target": "2"}
    assert labels.of("public.moves", transfer) == {"alice", "bob"}
    assert not labels.foreign("public.moves", transfer, BOB)
    assert labels.foreign("public.moves", transfer | {"target": "1"}, BOB) == {"alice"}


def test_tenants_are_known_by_the_keys_that_the_target_spells():
    owners = Owners(owned={"public.pages": Ownership(tenants=("space",))})
    pages = catalog(relation("public.pages", column("id"), column("space", "text")))
    labels = Labels(pages, owners, spelt={"ALPHA": RED.name})
    assert labels.of("public.pages", {"space": "ALPHA"}) == {RED.name}
    assert labels.of("public.pages", {"space": BLUE.slug}) == {BLUE.name}
    assert not labels.of("public.pages", {"space": "GAMMA"})


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        (f"{RED.number}/plan.pdf", {RED.name}),
        (f"/{RED.uuid}/a/b", {RED.name}),
        (f"{RED.number}0/plan.pdf", set()),
        (f"plan/{RED.number}", set()),
        (None, set()),
    ],
)
def test_a_path_is_of_whom_its_first_part_names(path, whose):
    owners = Owners(owned={"public.files": Ownership(tenants=("path",))})
    labels = Labels(catalog(relation("public.files", column("id"), column("path", "text"))), owners)
    assert labels.of("public.files", {"path": path}) == whose


def test_a_row_in_ones_own_room_may_not_be_signed_by_another():
    letters = relation("public.letters", column("id"), column("room"), column("sender"))
    owners = Owners(
        owned={"public.letters": Ownership(("sender",), ("room",), signed=frozenset({"sender"}))},
    )
    harms = Harms(catalog(letters), owners, Labels(catalog(letters), owners))
    row = {"id": "1", "room": BLUE.uuid, "sender": BOB.uuid}
    assert not list(harms.of({"public.letters": ([], [row])}, BOB))
    (forged,) = harms.of({"public.letters": ([], [row | {"sender": ALICE.uuid}])}, BOB)
    assert (forged.kind, forged.victim) == ("forged", "alice")


@pytest.mark.parametrize(
    ("column_name", "parent", "kinds"),
    [("email", "2", []), ("shared_with", "2", []), ("user_id", "2", ["forged"]), ("email", "1", ["forged"])],
    ids=["by e-mail", "by key", "in her name", "what is hers"],
)
def test_who_shares_what_is_his_forges_nothing(column_name, parent, kinds):
    shares = relation(
        "public.shares", column("id"), column(column_name, "text"), column("purse", "text"),
        references={"purse": "public.purses"},
    )  # fmt: skip
    known = catalog(PURSES, shares)
    owners = Owners(
        owned={"public.purses": OWNERS.owned["public.purses"], "public.shares": Ownership((column_name,))}
    )
    harms = Harms(known, owners, Labels(known, owners, {"public.purses": (HERS, HIS)}))
    row = {"id": "9", column_name: ALICE.email, "purse": parent}
    assert [done.kind for done in harms.of({"public.shares": ([], [row])}, BOB)] == kinds


@pytest.mark.parametrize(
    ("purse", "appointed", "kinds"),
    [("2", True, []), ("1", True, ["forged"]), ("2", False, ["forged"])],
    ids=["for what is his", "for what is hers", "nobody chooses"],
)
def test_who_gives_somebody_a_task_in_what_is_his_forges_nothing(purse, appointed, kinds):
    people = relation("public.people", column("id"))
    tasks = relation(
        "public.tasks", column("id"), column("keeper"), column("purse", "text"),
        references={"keeper": "public.people", "purse": "public.purses"},
    )  # fmt: skip
    known = catalog(PURSES, people, tasks)
    chosen = Ownership(("keeper",), appointed=frozenset({"keeper"} if appointed else ()))
    owned = {"public.purses": OWNERS.owned["public.purses"], "public.people": Ownership(("id",))}
    owners = Owners(owned={**owned, "public.tasks": chosen})
    rows = {"public.purses": (HERS, HIS), "public.people": ({"id": ALICE.uuid}, {"id": BOB.uuid})}
    harms = Harms(known, owners, Labels(known, owners, rows))
    row = {"id": "9", "keeper": ALICE.uuid, "purse": purse}
    assert [done.kind for done in harms.of({"public.tasks": ([], [row])}, BOB)] == kinds


def test_what_is_there_already_may_be_handed_over():
    rooms = relation("public.rooms", column("id"), column("tenant"), column("owner_id"))
    owned = Ownership(("owner_id",), ("tenant",), signed=frozenset({"owner_id"}))
    owners = Owners(owned={"public.rooms": owned})
    harms = Harms(catalog(rooms), owners, Labels(catalog(rooms), owners))
    row = {"id": "1", "tenant": BLUE.uuid, "owner_id": BOB.uuid}
    assert not list(harms.of({"public.rooms": ([row], [row | {"owner_id": ALICE.uuid}])}, BOB))


def test_who_appoints_a_tenant_in_a_row_of_his_own_tenant_hands_nothing_over():
    loads = relation("public.loads", column("id"), column("shipper"), column("carrier"))
    owners = Owners(owned={"public.loads": Ownership(tenants=("shipper", "carrier"))})
    harms = Harms(catalog(loads), owners, Labels(catalog(loads), owners))
    mine = {"id": "1", "shipper": BLUE.uuid, "carrier": BLUE.uuid}
    assert not list(harms.of({"public.loads": ([mine], [mine | {"carrier": RED.uuid}])}, BOB))
    gone = mine | {"shipper": RED.uuid, "carrier": RED.uuid}
    (handed,) = harms.of({"public.loads": ([mine], [gone])}, BOB)
    assert (handed.kind, handed.victim) == ("forged", "tenant red")


def test_what_stays_a_colleagues_was_not_put_in_her_place():
    claims = relation("public.claims", column("user_id"), column("rights", "jsonb"), key=("user_id",))
    owners = Owners(owned={"public.claims": Ownership(("user_id",))})
    harms = Harms(catalog(claims), owners, Labels(catalog(claims), owners))
    hers = {"user_id": DANA.uuid, "rights": {"blue": ["read"]}}
    assert not list(harms.of({"public.claims": ([hers], [hers | {"rights": {}}])}, BOB))
    mine = {"user_id": BOB.uuid, "rights": {}}
    (handed,) = harms.of(
        {"public.claims": ([mine | {"user_id": BOB.uuid}], [mine | {"user_id": DANA.uuid}])}, BOB
    )
    assert (handed.kind, handed.victim) == ("forged", "dana")


ENTRIES = relation(
    "public.entries",
    column("id"),
    column("move_id"),
    column("purse_id"),
    column("cents", "bigint"),
    references={"move_id": "public.moves", "purse_id": "public.purses"},
)


def paid(hers, his, *, purses=True, move=True):
    """Return the harm in a payment that is booked for both, whose purses have changed if they are told."""
    owners = replace(OWNERS, owned=OWNERS.owned | {"public.entries": Ownership(via=ENTRIES.foreign_keys[1])})
    known = catalog(PURSES, MOVES, ENTRIES)
    labels = Labels(known, owners, {"public.purses": (HERS, HIS)})
    entries = [{"id": "7", "move_id": "9", "purse_id": "1", "cents": hers}]
    entries += [{"id": "8", "move_id": "9", "purse_id": "2", "cents": his}] if his is not None else []
    changed = {"public.entries": ([], entries)}
    if move:
        changed["public.moves"] = ([], [{"id": "9", "source": "2", "target": "1"}])
    if purses:
        after = [HERS | {"cents": 5 + hers}, HIS | {"cents": 5 - hers}]
        changed["public.purses"] = ([HERS, HIS], after)
    return {(done.kind, done.relation) for done in Harms(known, owners, labels).of(changed, BOB)}


def test_a_payment_may_be_booked_for_its_receiver_too():
    assert not paid(3, -3)
    assert not paid(3, -3, move=False)
    assert not paid(3, 3), "a word may say which way it went"
    assert not paid(3, -3, purses=False), "what each has may be the sum of the entries"


def test_what_is_booked_against_her_is_no_payment():
    assert paid(-3, 3) == {("forged", "public.entries"), ("altered", "public.purses")}
    assert paid(-3, 3, purses=False) == {("forged", "public.entries")}


def test_an_entry_for_which_nobody_paid_is_forged():
    assert paid(3, None) == {("forged", "public.entries")}
    assert paid(3, -2, purses=False) == {("forged", "public.entries")}
    assert paid(3, -3, purses=False, move=False) == {("forged", "public.entries")}


@pytest.mark.parametrize(
    ("hers", "his", "found"),
    [(-3, 3, ["cents"]), (-3, 2, []), (3, -3, []), (-3, 0, [])],
    ids=["taken", "something else", "given", "lost"],
)
def test_what_she_lost_and_he_got_was_taken(hers, his, found):
    known = catalog(PURSES)
    changed = {"public.purses": ([HERS, HIS], [HERS | {"cents": 5 + hers}, HIS | {"cents": 5 + his}])}
    rows = taken(known, changed, lambda _, row: row["id"] == "2", lambda _, row: row["id"] == "1")
    assert [name for _, name, _, _ in rows] == found


@pytest.mark.parametrize(
    ("hers", "his", "found"),
    [
        ({"cents": 2, "paid": 9}, {"cents": 8, "paid": 3}, []),
        ({"cents": 2, "paid": 9}, {"cents": 8}, []),
        ({"cents": 2}, {"cents": 8, "paid": 3}, []),
        ({"cents": 2, "version": 2}, {"cents": 8, "version": 2}, ["cents"]),
    ],
    ids=["for what he paid", "for what she got", "for what he lost", "counted on both sides"],
)
def test_what_went_over_in_a_trade_was_not_taken(hers, his, found):
    before = [one | {"paid": 6, "version": 1} for one in (HERS, HIS)]
    changed = {"public.purses": (before, [before[0] | hers, before[1] | his])}
    rows = taken(catalog(PURSES), changed, lambda _, row: row["id"] == "2", lambda _, row: row["id"] == "1")
    assert [name for _, name, _, _ in rows] == found


def test_what_two_have_together_is_not_the_own_of_either():
    labels = Labels(CATALOG, OWNERS, {"public.purses": (HERS, HIS)})
    transfer = {"id": "9", "source": "1", "target": "2"}
    assert not labels.only("public.moves", transfer, BOB)
    assert labels.only("public.moves", transfer | {"source": "2"}, BOB)
    assert not labels.only("public.moves", transfer | {"source": "2"}, None)


def test_a_row_that_hangs_on_his_and_on_hers_is_told_from_one_that_hangs_on_hers_alone():
    pairs = relation(
        "public.pairs",
        column("id"),
        column("purse"),
        column("purse2"),
        references={"purse": "public.purses", "purse2": "public.firms"},
    )
    firms = relation("public.firms", column("id"), column("owner_id"))
    owned = OWNERS.owned | {
        "public.pairs": Ownership(via=pairs.foreign_keys[0]),
        "public.firms": Ownership(users=("owner_id",)),
    }
    known, owners = catalog(PURSES, MOVES, pairs, firms), Owners(owned=owned)
    rows = {"public.purses": (HERS, HIS), "public.firms": ({"id": "7", "owner_id": BOB.uuid},)}
    harms = Harms(known, owners, Labels(known, owners, rows))
    mine = {"id": "5", "purse": "2", "purse2": "7"}
    (turned,) = harms.of({"public.pairs": ([mine], [mine | {"purse": "1"}])}, BOB)
    (put,) = harms.of({"public.pairs": ([], [{"id": "6", "purse": "1", "purse2": None}])}, BOB)
    assert (turned.kind, turned.refers) == ("forged", True)
    assert (put.kind, put.refers) == ("forged", False)
