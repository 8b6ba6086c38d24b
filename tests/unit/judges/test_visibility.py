"""Names say by whole words that a row is for everybody, in several languages, and other words are none of them."""

import pytest

from pytest_readiness.judges.purpose.visibility import (
    is_confided,
    is_of_all,
    is_of_money,
    is_public,
    is_revoked,
    is_withdrawn,
    is_work,
    publishes,
    publishes_from,
    shows_to_some,
    withholds,
)


@pytest.mark.parametrize(
    "name",
    ["is_public", "isPublic", "ispublic", "published", "public_profile", "shared_with_all", "open", "is_active",
     "sichtbar", "ist_öffentlich", "freigegeben", "publié", "partagée", "publico", "público", "activa", "visível",
     "ativo", "condiviso", "attivo", "openbaar", "zichtbaar", "adoptable", "isAdoptable", "for_sale", "is_to_let", "advertised",
     "isOnTheMarket", "announced_at", "inseriert"],
)  # fmt: skip
def test_a_switch_that_publishes(name):
    assert publishes(name)


@pytest.mark.parametrize(
    "name",
    ["deactivated", "activation_pending", "desactivado", "deaktiviert", "disattivato", "desativado",
     "administrativo", "unsichtbar", "invisible", "inactive", "unpublished", "republication_asked", "unlisted",
     "reopened", "not_public", "public_pending", "is_not_visible", "opencast_id", "reactivated", "not_for_sale", "advertiser",
     "billable", "editable", "refundable", "forsaleable", "lease_id", "adopted"],
)  # fmt: skip
def test_a_word_inside_of_another_publishes_nothing(name):
    assert not publishes(name)


@pytest.mark.parametrize(
    ("name", "since"),
    [("published_at", True), ("publishedAt", True), ("publishedat", True), ("visible_from", True),
     ("unpublished_at", False), ("invisible_since", False), ("done_at", False)],
)  # fmt: skip
def test_a_time_from_which_on_a_row_is_public(name, since):
    assert publishes_from(name) is since


def test_what_is_not_private_is_for_everybody_only_where_there_are_no_colleagues():
    names = ["is_private", "confidential", "isAnonymous", "incognito", "anonyme", "vertraulich"]
    assert all(withholds(name, in_tenant=False) for name in names)
    assert not any(withholds(name, in_tenant=True) for name in names)
    assert not withholds("deprivatised", in_tenant=False)


@pytest.mark.parametrize(
    "text",
    ["deleted", "deleted_at", "isArchived", "supprimé", "archivée", "annulé", "privé", "gelöscht", "verwijderd",
     "excluído", "deactivated"],
)  # fmt: skip
def test_states_for_nobody_but_the_owner(text):
    assert is_withdrawn(text)


@pytest.mark.parametrize(
    ("text", "beside", "withdrawn"),
    [
        ("concept", ("idea", "concept", "prototype"), False),
        ("concept", ("concept", "gepubliceerd"), True),
        ("archive", ("archive", "museum", "library"), False),
        ("archive", ("publié", "archive"), True),
        ("not_deleted", (), False),
    ],
)
def test_a_thing_of_one_language_is_a_state_of_another_beside_others_of_it(text, beside, withdrawn):
    assert is_withdrawn(text, beside) is withdrawn


def test_how_far_work_has_come_says_nothing_of_showing():
    assert all(map(is_work, ["done", "done_at", "paid", "bezahlt", "inProgress", "ends_on"]))
    assert not any(map(is_work, ["is_template", "accepted", "show_in_directory", "readable", "payload"]))


def test_only_the_whole_value_is_public():
    assert is_public("published")
    assert not is_public("published to none")


@pytest.mark.parametrize(
    ("name", "confided"),
    [("internal", True), ("is_confidential", True), ("staff_only", True), ("vertraulich", True), ("Interno", True),
     ("international", False), ("not_internal", False), ("archived", False), ("secretary_id", False)],
)  # fmt: skip
def test_what_is_for_fewer_than_others_like_it(name, confided):
    assert is_confided(name) is confided


@pytest.mark.parametrize(
    ("name", "shown"),
    [("visible_to_customer", True), ("sharedWithPatient", True), ("visible", False), ("shared_at", False)],
)
def test_a_switch_that_shows_a_row_to_some(name, shown):
    assert shows_to_some(name) is shown


@pytest.mark.parametrize(
    ("text", "revoked"),
    [("revoked_at", True), ("isRevoked", True), ("widerrufen_am", True), ("révoqué", True), ("not_revoked", False),
     ("cancelled_at", False), ("deleted", False), ("ended_on", False)],
)  # fmt: skip
def test_what_its_giver_took_back(text, revoked):
    assert is_revoked(text) is revoked


@pytest.mark.parametrize(
    ("said", "all_"),
    [
        ("superadmin", True),
        ("platform_admin", True),
        ("role = 'support'", True),
        ("pharmacist", False),
        ("owner", False),
    ],
)
def test_a_rank_above_all_tenants(said, all_):
    assert is_of_all(said) is all_


@pytest.mark.parametrize(
    ("text", "told"),
    [("is_paid", True), ("refundedAt", True), ("payée", True), ("bezahlt", True), ("partially_refunded", True),
     ("paid_in_full", True), ("charged", False), ("overdue", False), ("paid_leave", False), ("prepaid_card", False),
     ("done", False), ("closed", False), ("paidwall", False), ("prepayment", False)],
)  # fmt: skip
def test_what_says_that_money_is_owed_or_was_given(text, told):
    assert is_of_money(text) is told


@pytest.mark.parametrize(
    ("text", "beside", "told"),
    [("overdue", ("open", "paid", "overdue"), True), ("overdue", ("lent", "returned", "overdue"), False),
     ("charged", ("pending", "charged", "refunded"), True), ("charged", ("charged", "in_use", "broken"), False)],
)  # fmt: skip
def test_what_is_of_money_beside_other_words_of_it(text, beside, told):
    assert is_of_money(text, beside) is told
