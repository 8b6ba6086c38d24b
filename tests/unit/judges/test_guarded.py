"""What blocks make only where it is not there, and what drops pass over."""

import pytest

from pytest_readiness.judges.migrations.guarded import creations, dropped, meant

GUARD = "do $$ begin if not exists (select from pg_constraint where conname = 'c'{}) then {} end if; end $$"


def made(block):
    return [(one.kind, one.name, one.of, one.asked) for one in creations(block)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alter table only public.t add constraint c check (true);", ("constraint", "c", "public.t", True)),
        ("create policy C on t using (true);", ("policy", "c", "t", True)),
        ('create policy "c c" on t using (true);', ("policy", "c c", "t", False)),
        (
            "create trigger c before insert on t for each row execute function f();",
            ("trigger", "c", "t", True),
        ),
        ("create unique index c on t (a);", ("index", "c", "t", True)),
        ("create type s.c as enum ('a;');", ("type", "c", "", True)),
    ],
)
def test_what_a_block_makes_if_nothing_has_its_name(text, expected):
    assert made(GUARD.format("", text)) == [expected]


def test_what_stands_outside_of_the_question_is_not_asked_for():
    assert made(GUARD.format("", "null;").replace("end if;", "end if; create policy c on t;")) == [
        ("policy", "c", "t", False)
    ]
    assert made(GUARD.format(" -- create policy c on t;", "null;")) == []
    assert made(GUARD.format("", "execute 'create policy c on t;';")) == []
    assert made("create policy c on t;") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('drop policy if exists "A b" on s.t', ("policy", "A b", "s.t")),
        ("drop trigger if exists A on t", ("trigger", "a", "t")),
        ("alter table t drop constraint if exists c", ("constraint", "c", "t")),
        ("drop index concurrently if exists s.i", ("index", "i", "")),
        ("drop policy a on t", ("", "", "")),
        ("drop table if exists t", ("", "", "")),
    ],
)
def test_what_is_dropped_if_it_is_there(text, expected):
    assert dropped(text) == expected


@pytest.mark.parametrize(
    ("name", "others", "expected"),
    [
        ("Anyone can read payments", ["Anyone can read", "Owners read"], "Anyone can read"),
        ("payments_owner_index", ["payments_owner_idx"], "payments_owner_idx"),
        ("payments_index", ["payments_ix"], "payments_ix"),
        ("owner_read", ["owner_write"], ""),
        ("payments_owner_idx", ["payments_owner_created_idx"], ""),
        ("payments_amount_limit", ["payments_amount_check"], ""),
        ("payments_idx", ["payments_owner_idx"], ""),
    ],
)
def test_a_name_means_another_only_if_it_says_the_same(name, others, expected):
    assert meant(name, others, "public.payments") == expected
