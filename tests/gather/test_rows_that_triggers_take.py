"""A trigger that puts a row into shape and refuses what has none gets a row that it takes, and is judged."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

RULES = """
create table public.rules (
    id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users,
    code text not null, state text not null, rate numeric not null);
create function public.valid() returns trigger language plpgsql as $$ begin
  new.code := regexp_replace(coalesce(new.code, ''), '\\D', '', 'g');
  new.state := upper(trim(new.state));
  if length(new.code) <> 8 then raise exception 'no code %', new.code; end if;
  if new.state !~ '^[A-Z]{{2}}$' then raise exception 'no state %', new.state; end if;
  if new.rate < 4 or new.rate > 28 then raise exception 'no rate %', new.rate; end if;
  return new;
end $$;
create trigger valid before insert or update on public.rules for each row execute function public.valid();
alter table public.rules enable row level security;
create policy own on public.rules for select to authenticated using ({using});
"""


@pytest.mark.parametrize(("using", "status"), [("user_id = auth.uid()", "PASSED"), ("true", "FAILED")])
def test_what_a_trigger_asks_of_several_columns_is_met(server, tmp_path, using, status):
    with system(server, tmp_path, RULES.format(using=using)) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.rules"].status is Status[status], found
