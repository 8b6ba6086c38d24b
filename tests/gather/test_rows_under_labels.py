"""What somebody filed under another's label does not go with it; what is about another's row may."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHELVES = """
create table public.shelves (
  id bigint generated always as identity primary key, made_by uuid not null references auth.users, {label});
create table public.jars (
  id bigint generated always as identity primary key, owner uuid not null references auth.users,
  shelf_id bigint not null references public.shelves on delete {act}, {content});
alter table public.shelves enable row level security;
alter table public.jars enable row level security;
create policy everybody on public.shelves for select using ({seen});
create policy adds on public.shelves for insert with check (made_by = auth.uid());
create policy removes on public.shelves for delete using (made_by = auth.uid());
create policy reads on public.jars for select using ({reads});
create policy adds on public.jars for insert with check (owner = auth.uid());
grant select, insert, delete on public.shelves to authenticated;
grant select, insert on public.jars to authenticated;
"""
USUAL = {
    "label": "name text not null, colour text",
    "content": "memo text",
    "act": "cascade",
    "seen": "true",
    "reads": "owner = auth.uid()",
}
ABOVE = "owner = auth.uid() or exists (select from public.shelves s where s.id = shelf_id and s.made_by = auth.uid())"
LOST = {
    "a note": {},
    "an amount": {"content": "price numeric(8,2) not null"},
    "a name of few letters": {
        "label": "title varchar(40) not null unique, icon text, position int not null default 0"
    },
}
SOUND = {
    "it keeps the label": {"act": "restrict"},
    "whose label it is sees it": {"reads": ABOVE},
    "one of each person": {"content": "memo text, unique (owner, shelf_id)"},
    "it says nothing": {"content": "at timestamptz not null default now()"},
    "it is about what it stands under": {"label": "title text not null, body text not null"},
    "it answers a question": {"label": "question text not null"},
    "she does not see the label": {"seen": "made_by = auth.uid()"},
}


def status(server, tmp_path, **changes):
    with system(server, tmp_path, SHELVES.format(**USUAL | changes), profile="supabase") as target:
        return by_subject(judged(target, "ISO004"))["public.shelves"].status


@pytest.mark.parametrize("how", LOST)
def test_what_is_filed_goes_with_no_label(server, tmp_path, how):
    assert status(server, tmp_path, **LOST[how]) is Status.FAILED


@pytest.mark.parametrize("how", SOUND)
def test_what_is_about_a_row_goes_with_it(server, tmp_path, how):
    assert status(server, tmp_path, **SOUND[how]) is Status.PASSED
