"""A plain member of a tenant changes what is his own in his place there, and not what he is."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

ABBEYS = """
create table public.abbeys (id uuid primary key default gen_random_uuid(), name text not null);
create table public.monks (
  abbey uuid not null references public.abbeys, person uuid not null references auth.users,
  {rank}, cell text, primary key (abbey, person));
create table public.letters (
  id uuid primary key default gen_random_uuid(), abbey uuid not null references public.abbeys, body text not null);
create function public.lives(a uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.monks m where m.abbey = a and m.person = auth.uid()) $$;
create function public.rules(a uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.monks m where m.abbey = a and m.person = auth.uid() and {asks}) $$;
alter table public.abbeys enable row level security;
alter table public.monks enable row level security;
alter table public.letters enable row level security;
create policy own on public.abbeys for select to authenticated using (public.lives(id));
create policy own on public.monks for select to authenticated using (public.lives(abbey));
create policy ruled on public.letters for select to authenticated using (public.rules(abbey));
create policy mine on public.monks for update to authenticated
  using (person = auth.uid()) with check (person = auth.uid() {check});
revoke all on public.monks from anon, authenticated;
grant select on public.monks to authenticated;
grant update{columns} on public.monks to authenticated;
"""
WORD = {"rank": "rank text not null default 'novice' check (rank in ('abbot', 'prior', 'novice'))"}
WORD |= {"asks": "m.rank = 'abbot'", "check": "", "columns": ""}
SWITCH = {"rank": "is_abbot_lead boolean not null default false", "asks": "m.is_abbot_lead"}
SWITCH |= {"check": "", "columns": ""}
GUARD = """
create function public.kept() returns trigger language plpgsql as $$
begin new.rank := old.rank; return new; end $$;
create trigger kept before update on public.monks for each row execute function public.kept();
"""


@pytest.mark.parametrize(
    ("facts", "more", "status"),
    [
        (WORD, "", Status.FAILED),
        (WORD | {"columns": " (rank, cell)"}, "", Status.FAILED),
        (SWITCH, "", Status.FAILED),
        (WORD | {"columns": " (cell)"}, "", None),
        (WORD, GUARD, Status.PASSED),
        (WORD | {"check": "and rank = 'novice'"}, "", Status.PASSED),
        # Somebody thought of those who go from one to the other.
        (
            WORD | {"check": "and rank in ('prior', 'novice')", "asks": "m.rank <> 'novice'"},
            "",
            Status.PASSED,
        ),
        # Who was asked to come says that he does, and who wishes for letters says that.
        (
            {**SWITCH, "rank": "accepted boolean not null default false", "asks": "m.accepted"},
            "",
            Status.PASSED,
        ),
        (
            {**SWITCH, "rank": "wants_post boolean not null default false", "asks": "m.wants_post"},
            "",
            Status.PASSED,
        ),
    ],
    ids=[
        *("a word", "granted", "a switch", "not granted", "guarded", "checked"),
        *("one of two", "accepted", "wished for"),
    ],
)
def test_a_member_does_not_raise_himself(server, tmp_path, facts, more, status):
    with system(server, tmp_path, ABBEYS.format(**facts) + more) as target:
        found = by_subject(judged(target, "ISO006"))
    if status is None:
        # What he may not write is no action of his, and is told of by nothing.
        assert "public.monks" not in found, found
    else:
        assert found["public.monks"].status is status, found
