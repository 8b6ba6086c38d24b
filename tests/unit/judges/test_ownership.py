"""Owners are told from keys, names and data types; a policy names a column at most."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Argument, Function, Policy, Privileges
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.settings import Isolation, Tenancy
from relations import catalog, column, relation

USERS = "auth.users"
ENDS = Function(
    schema="public",
    name="public.ends_alike",
    signature="public.ends_alike(uuid, text)",
    kind="f",
    returns="boolean",
    definer=False,
    owner="postgres",
    volatility="s",
    language="sql",
    config=(),
    body="select $2 = substr(auth.email(), length(auth.email()) - length($2) + 1)",
    defaults=0,
    arguments=(Argument("", "uuid", "uuid", "b"), Argument("", "text", "text", "b")),
    callers=(),
)


def owned(*relations, settings=None, users=USERS):
    return infer(catalog(*relations), settings or Isolation(), users).owned


@pytest.mark.parametrize(
    "found",
    [
        relation("public.payments", column("id"), column("payer"), references={"payer": USERS}),
        relation("public.payments", column("id"), column("payer", default="auth.uid()")),
        relation("public.payments", column("id"), column("user_id")),
        relation("public.payments", column("id"), column("owner", "text")),
        relation("public.payments", column("id"), column("payer"), using=["(payer = auth.uid())"]),
        relation(
            "public.payments", column("id"), column("payer"), using=["(( SELECT auth.uid() AS uid) = payer)"]
        ),
    ],
    ids=["reference", "default", "name", "text", "policy", "policy with a sub-select"],
)
def test_a_column_that_names_the_owner(found):
    ownership = owned(found)["public.payments"]
    assert ownership.columns[0] == found.columns[1].name


@pytest.mark.parametrize(
    "caller",
    [
        "((( SELECT auth.jwt() AS jwt) -> 'app_metadata'::text) ->> 'tenant_id'::text)",
        "(((( SELECT auth.jwt() AS jwt) -> 'app_metadata'::text) ->> 'tenant_id'::text))::bigint",
        "( SELECT ((auth.jwt() -> 'app_metadata'::text) ->> 'tenant_id'::text))",
        "((( SELECT current_setting('request.jwt.claims'::text, true) AS current_setting))::json ->> 'org'::text)",
    ],
)
def test_a_column_that_is_compared_with_a_claim_names_the_tenant(caller):
    found = relation("public.papers", column("id"), column("x", "bigint"), using=[f"(x = {caller})"])
    assert owned(found)["public.papers"].tenants == ("x",)


@pytest.mark.parametrize(
    "found",
    [
        relation("public.countries", column("id"), column("name", "text")),
        relation("public.countries", column("id", default="gen_random_uuid()"), using=["true"]),
        relation("public.countries", column("id", default="gen_random_uuid()"), using=["(active = true)"]),
        relation("public.countries", column("id"), column("user_count", "bigint")),
        relation("public.countries", column("id"), column("owner", "boolean")),
    ],
)
def test_a_catalogue_has_no_owner(found):
    assert owned(found) == {}


def test_children_belong_to_whom_their_parent_belongs():
    found = owned(
        relation("public.lines", column("id"), column("order_id"), references={"order_id": "public.orders"}),
        relation("public.orders", column("id"), column("user_id"), references={"user_id": USERS}),
        relation("public.notes", column("id"), column("line_id"), references={"line_id": "public.lines"}),
        relation("public.orders_2026", column("id"), column("x"), parent="public.orders"),
    )
    assert set(found) == {"public.orders", "public.lines", "public.notes", "public.orders_2026"}
    assert found["public.lines"].via.target == "public.orders"


def function(name, body):
    return Function(
        schema="public",
        name=f"public.{name}",
        signature=f"public.{name}()",
        kind="f",
        returns="uuid",
        definer=True,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body=body,
        defaults=0,
        arguments=(),
        callers=(),
    )


@pytest.mark.parametrize(
    ("asked", "target"), [("(recruiter_id = my_recruiter_id())", "public.recruiters"), ("", "public.ads")]
)
def test_of_two_references_the_one_is_followed_that_is_compared_with_the_caller(asked, target):
    ads = relation("public.ads", column("id"), column("user_id"))
    recruiters = relation("public.recruiters", column("id"), column("user_id"))
    lists = relation(
        "public.lists",
        column("id"),
        column("ad_id"),
        column("recruiter_id"),
        references={"ad_id": "public.ads", "recruiter_id": "public.recruiters"},
        using=(asked,) if asked else (),
    )
    body = "select s.id from public.recruiters s where s.user_id = auth.uid()"
    known = replace(catalog(ads, recruiters, lists), functions=(function("my_recruiter_id", body),))
    assert infer(known, Isolation(), "").owned["public.lists"].via.target == target


def test_a_reference_to_an_owned_row_is_a_path_and_no_key():
    found = owned(
        relation("public.accounts", column("id"), column("user_id"), references={"user_id": USERS}),
        relation(
            "public.invoices",
            column("id"),
            column("account_id"),
            references={"account_id": "public.accounts"},
        ),
    )
    assert found["public.invoices"].columns == ()


def test_the_owner_comes_before_whoever_recorded_the_row():
    found = owned(
        relation(
            "public.docs",
            column("id"),
            column("created_by"),
            column("owner_id"),
            references={"created_by": USERS, "owner_id": USERS},
        )
    )
    assert found["public.docs"].columns == ("owner_id", "created_by")


@pytest.mark.parametrize(
    "policy",
    [
        "(domain = split_part(auth.email(), '@'::text, 2))",
        "(split_part((auth.jwt() ->> 'email'::text), '@'::text, 2) = domain)",
        "(auth.email() ~~ ('%@'::text || domain))",
        "(domain = lower(split_part(auth.email(), '@'::text, 2)))",
        '("right"(lower(auth.email()), length(domain)) = domain)',
        "(reverse((auth.jwt() ->> 'email'::text)) ~~ (reverse(('@'::text || domain)) || '%'::text))",
        "(auth.email() ~* (domain || '$'::text))",
        "(regexp_replace(auth.email(), '^.*@'::text, ''::text) = (domain)::text)",
        "ends_alike(id, domain)",
    ],
)
def test_the_domain_of_an_address_names_a_tenant(policy):
    posts = relation("public.posts", column("id"), column("domain", "text"), using=[policy])
    known = replace(catalog(posts), functions=(ENDS,))
    found = infer(known, Isolation(), USERS).owned["public.posts"]
    assert (found.tenants, found.domains) == (("domain",), {"domain"})


@pytest.mark.parametrize(
    "policy",
    [
        "(label ~~ ('%'::text || auth.email()))",
        "(auth.email() ~~* label)",
        "(\"right\"(label, 4) = 'test'::text)",
    ],
)
def test_what_is_no_end_of_the_callers_address_names_no_domain(policy):
    posts = relation("public.posts", column("id"), column("label", "text"), using=[policy])
    assert not any(one.domains for one in owned(posts).values())


def test_addresses_are_compared_in_lower_case_as_they_are():
    posts = relation(
        "public.posts", column("id"), column("mail", "text"), using=["(lower(mail) = lower(auth.email()))"]
    )
    found = owned(posts)["public.posts"]
    assert (found.users, found.addressed) == (("mail",), {"mail"})


@pytest.mark.parametrize(
    ("body", "addressed"),
    [
        ("select lower(nullif(auth.jwt() ->> 'email', ''))", {"mail"}),
        ("select split_part(auth.jwt() ->> 'email', '@', 2)", set()),
    ],
)
def test_a_function_that_says_the_callers_address_is_one(body, addressed):
    posts = relation(
        "public.posts", column("id"), column("mail", "text"), using=["(mail = public.my_email())"]
    )
    known = replace(catalog(posts), functions=(function("my_email", body),))
    found = infer(known, Isolation(), USERS).owned["public.posts"]
    assert found.addressed == addressed


def test_declarations_come_first():
    docs = relation("public.docs", column("id"), column("x"), column("user_id"))
    settings = Isolation(owners={"public.docs": "x"}, world_readable=("public.pub*",), drop_boxes=("*.docs",))
    found = infer(catalog(docs, relation("public.pubs", column("user_id"))), settings, USERS)
    assert found.owned["public.docs"].columns == ("x",)
    assert (found.public, found.boxes) == ({"public.pubs"}, {"public.docs"})


def test_memberships_are_owned_when_declared():
    settings = Isolation(tenancy=Tenancy("public.seats", "person", "firm"))
    found = owned(relation("public.seats", column("person"), column("firm"), key=()), settings=settings)
    assert found["public.seats"].columns == ("person", "firm")


def test_outside_a_platform_the_owners_are_a_table_like_any_other():
    found = owned(
        relation("public.tenants", column("id", "integer")),
        relation(
            "public.bills",
            column("id"),
            column("tenant_id", "integer"),
            references={"tenant_id": "public.tenants"},
        ),
        users="",
    )
    assert found["public.tenants"].columns == ("id",)
    assert "public.bills" in found


INSERT = Policy("made", "INSERT", ("public",), permissive=True, using="", check="keeps(animal)")
LOOK = Policy("look", "SELECT", ("public",), permissive=True, using="(sitter = auth.uid())", check="")


@pytest.mark.parametrize(
    ("found", "policies", "appointed"),
    [
        (column("sitter"), (INSERT, LOOK), True),
        (column("sitter"), (INSERT, LOOK, replace(LOOK, command="UPDATE")), True),
        (column("sitter"), (replace(INSERT, check="(keeps(animal) AND sitter = auth.uid())"), LOOK), False),
        (column("sitter"), (INSERT, LOOK, replace(LOOK, command="DELETE")), False),
        (column("sitter"), (LOOK,), False),
        (column("sitter"), (INSERT, replace(LOOK, using="true")), False),
        (column("sitter", default="auth.uid()"), (INSERT, LOOK), False),
        (column("user_id"), (INSERT, replace(LOOK, using="(user_id = auth.uid())")), False),
        (column("created_by"), (INSERT, replace(LOOK, using="(created_by = auth.uid())")), False),
        (column("granter_id"), (INSERT, replace(LOOK, using="(granter_id = auth.uid())")), False),
        (column("reviewer_id"), (INSERT, replace(LOOK, using="(reviewer_id = auth.uid())")), True),
        (column("sitter"), (INSERT, LOOK), None),
    ],
    ids=["chosen", "who may tick off", "who makes it", "who takes it back", "made by nobody", "who may not look",
         "filled with the caller", "a user", "a maker", "who does it", "who does something else", "what counts"],
)  # fmt: skip
def test_a_column_names_whom_the_owner_of_something_else_chooses(found, policies, appointed):
    more = [column("stars", "integer")] if appointed is None else []
    made = relation(
        "public.grants", column("id"), column("animal"), found, *more, references={found.name: USERS}
    )
    ownership = owned(replace(made, policies=policies))["public.grants"]
    assert (found.name in ownership.appointed) is bool(appointed)


@pytest.mark.parametrize(
    ("found", "signed"),
    [
        (column("senderId"), True),
        (column("created_by"), True),
        (column("user_id", default="auth.uid()"), True),
        (column("assignee_id"), False),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else "",
)
def test_a_row_is_signed_by_whom_a_policy_knows_as_its_maker(found, signed):
    by = {found.name: USERS}
    policy = f'("{found.name}" = ( SELECT auth.uid() AS uid))'
    letters = relation("public.letters", column("id"), found, references=by, using=[policy])
    unasked = relation("public.notes", column("id"), found, references=by, using=["true"])
    ownership = owned(letters, unasked)
    assert (ownership["public.letters"].signed == {found.name}) is signed
    assert not ownership["public.notes"].signed


def test_whoever_rents_is_a_tenant_by_name_alone_where_another_column_is_asked_for():
    asked = "(agency = current_setting('pm.agency'::text))"
    leases = relation("public.leases", column("agency", "text"), column("tenant_id", "text"), using=[asked])
    assert owned(leases, users="")["public.leases"].tenants == ("agency",)
    unasked = relation("public.leases", column("agency", "text"), column("tenant_id", "text"))
    assert owned(unasked, users="")["public.leases"].tenants == ("tenant_id",)


READS_HEADER = "((current_setting('request.headers'::text, true))::json ->> '{}'::text)"


@pytest.mark.parametrize(
    ("column_name", "header", "tenants"),
    [
        ("outlet", "x-restaurant", ("outlet",)),
        ("shop", "x-lane", ("shop",)),
        # Whoever holds a token may be meant, whatever it is called.
        ("pass", "x-guest-token", ()),
    ],
)
@pytest.mark.parametrize("through", ["policy", "nullif", "function"])
def test_a_header_in_whose_name_somebody_asks_names_a_tenant(column_name, header, tenants, through):
    value = READS_HEADER.format(header)
    if through == "nullif":
        value = (
            f"((NULLIF(current_setting('request.headers'::text, true), ''::text))::json ->> '{header}'::text)"
        )
    asked = "public.here()" if through == "function" else value
    menus = relation(
        "public.menus", column("id"), column(column_name, "text"), using=[f"({column_name} = {asked})"]
    )
    here = replace(
        ENDS,
        name="public.here",
        signature="public.here()",
        returns="text",
        arguments=(),
        body=f"select {value}",
    )
    known = replace(catalog(menus), functions=(here,))
    if through == "function" and header == "x-lane":
        tenants = ()  # nothing but the column says so, which the function does not know
    found = infer(known, Isolation(), USERS).owned
    assert (found[menus.name].tenants if menus.name in found else ()) == tenants


@pytest.mark.parametrize(
    ("given", "appointed"),
    [(("animal", "granter"), True), (("animal", "granter", "text"), False), ((), False)],
)
def test_who_does_what_rows_are_is_chosen_where_he_finds_them_blank(given, appointed):
    made = relation(
        "public.grants",
        *(column("id"), column("animal"), column("granter"), column("text", "text")),
        references={"granter": USERS, "animal": "public.animals"},
    )
    look = replace(LOOK, using="(granter = auth.uid())")
    held = {"authenticated": Privileges(insert=given)}
    ownership = owned(replace(made, policies=(INSERT, look), privileges=held))["public.grants"]
    assert ("granter" in ownership.appointed) is appointed


def test_the_key_of_a_row_that_a_function_finds_by_its_user_is_no_users_key():
    keepers = relation("public.keepers", column("id"), column("account"), references={"account": USERS})
    keepers = replace(keepers, unique=(("account",),))
    wishes = relation(
        "public.wishes",
        column("id"),
        column("keeper_id"),
        references={"keeper_id": "public.keepers"},
        using=["(keeper_id = my_keeper())"],
    )
    wishes = replace(wishes, unique=(("keeper_id",),))
    mine = replace(
        ENDS,
        name="public.my_keeper",
        signature="public.my_keeper()",
        returns="uuid",
        body="select k.id from keepers k where k.account = auth.uid()",
        arguments=(),
    )
    found = infer(replace(catalog(keepers, wishes), functions=(mine,)), Isolation(), USERS)
    assert found.people == {USERS: "id", "public.keepers": "account"}
    assert found.owned["public.wishes"].via.target == "public.keepers"


LISTED = Policy(
    "listed",
    "INSERT",
    ("public",),
    permissive=True,
    using="",
    check="auth.uid() = (select f.maker from films f)",
)
LEFT = Policy("left", "DELETE", ("public",), permissive=True, using="(player_id = auth.uid())", check="")


@pytest.mark.parametrize(
    ("policies", "unique", "more", "appointed"),
    [
        ((LISTED, LEFT), ("film_id", "player_id"), (), True),
        ((LISTED,), ("film_id", "player_id"), (), True),
        ((replace(LISTED, check="(auth.uid() IS NOT NULL)"),), ("film_id", "player_id"), (), False),
        ((replace(LISTED, check="true"),), ("film_id", "player_id"), (), False),
        ((LISTED, LEFT), ("player_id",), (), False),
        ((LISTED, LEFT), ("film_id", "player_id"), (column("words", "text"),), False),
    ],
    ids=["who may leave", "who may not", "by anybody", "by nobody known", "one each", "with words"],
)
def test_whom_a_list_with_keys_of_its_own_names_is_chosen_by_the_owner_of_its_thing(
    policies, unique, more, appointed
):
    films = relation("public.films", column("id"), column("maker"), references={"maker": USERS})
    tags = relation(
        "public.tags",
        column("id"),
        column("film_id"),
        column("player_id"),
        *more,
        references={"film_id": "public.films", "player_id": USERS},
    )
    tags = replace(tags, policies=policies, unique=(unique,))
    assert ("player_id" in owned(films, tags)["public.tags"].appointed) is appointed


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("select auth.uid()", True),
        ("select nullif(current_setting('app.user_id', true), '')::uuid", True),
        ("select gen_random_uuid()", False),
        ("select public.whose()", True),
    ],
)
def test_a_default_that_a_function_makes_of_whoever_calls_is_drawn_for_nobody(body, named):
    diaries = relation("public.diaries", column("user_id", default="public.mine()"), key=("user_id",))
    known = catalog(diaries)
    texts = (("public.mine", body), ("public.whose", "select auth.uid()"))
    said = tuple(
        replace(ENDS, name=name, signature=f"{name}()", body=text, arguments=()) for name, text in texts
    )
    found = infer(replace(known, functions=said), Isolation(), USERS).owned
    assert ("public.diaries" in found) is named
