"""Rows are made as domains, partitions, counts of elements and pairs of people ask."""

import pytest

from pytest_readiness.evidence.population import Population
from pytest_readiness.run.prepare import open_store
from systems import system

OWNED = "id int primary key, user_id uuid not null references auth.users"
TABLES = {
    "two people, one by a key": f"create table public.rows ({OWNED}, to_user uuid not null, check (user_id <> to_user));",
    "as many elements": f"create table public.rows ({OWNED}, options text[] not null check (cardinality(options) between 2 and 5));",
    "a domain": f"""create domain public.isle as text check (value ~ '^[A-Z]{{2}}-[0-9]$' or value = 'north');
        create table public.rows ({OWNED}, isle public.isle not null);""",
    "a partition": """create table public.rows (
            id int, user_id uuid not null references auth.users, season int, points int not null check (points <= 9),
            primary key (id, season)) partition by list (season);
        create table public.first partition of public.rows for values in (1);
        create table public.others partition of public.rows default;""",
    "an element": f"""create table public.rows ({OWNED}, choice int not null);
        create function public.count() returns trigger language plpgsql as $$
        declare tally int[] := '{{1}}'; begin tally[new.choice] := 1; return new; end $$;
        create trigger count before insert on public.rows for each row execute function public.count();""",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_row_is_made_of_values_that_its_rules_take(server, tmp_path, table):
    with system(server, tmp_path, f"{table} grant select on public.rows to authenticated;") as target:
        made = open_store(target, target.run_directory).get(Population)
    assert not made.unfilled
    assert {"alice", "bob"} <= {person for name, person in made.rows if name == "public.rows"}
