"""Logs that functions write: what clients write past these leaves no entry."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

ITEMS = """
create table public.items (id int primary key, owner uuid not null default auth.uid(), qty int not null, label text);
alter table public.items enable row level security;
create policy own on public.items to authenticated using (owner = (select auth.uid()));
revoke all on public.items from anon, authenticated;
grant select on public.items to authenticated;
create table public.ledger (n bigint generated always as identity primary key,
  booked timestamptz not null default clock_timestamp(), kind text not null, item int not null, pre jsonb, post jsonb);
alter table public.ledger enable row level security;
revoke all on public.ledger from anon, authenticated, service_role;
create function public.adjust(p_item int, p_by int) returns void language plpgsql security definer
set search_path = '' as $$
declare o public.items; r public.items;
begin
  select * into o from public.items where id = p_item and owner = auth.uid() for update;
  if not found then raise exception 'no such item'; end if;
  update public.items set qty = o.qty + p_by where id = p_item returning * into r;
  insert into public.ledger (kind, item, pre, post) values ('adjust', p_item, to_jsonb(o), to_jsonb(r));
end $$;
create function public.retire(p_item int) returns void language plpgsql security definer
set search_path = '' as $$
declare o public.items;
begin
  delete from public.items where id = p_item and owner = auth.uid() returning * into o;
  if not found then raise exception 'no such item'; end if;
  insert into public.ledger (kind, item, pre) values ('retire', p_item, to_jsonb(o));
end $$;
"""
VIEW = "create view public.board as select id, qty from public.items where owner = auth.uid();"


@pytest.mark.parametrize(
    ("rights", "said"),
    [
        ("", ""),
        ("grant update (label) on public.items to authenticated;", ""),
        ("grant all on public.items to service_role;", ""),
        ("grant update (qty) on public.items to authenticated;", "UPDATE of public.items.qty by alice"),
        ("grant delete on public.items to authenticated;", "DELETE of public.items by alice"),
        (f"{VIEW} grant update on public.board to authenticated;", "UPDATE of public.board.qty by alice"),
        (f"{VIEW} revoke all on public.board from anon, authenticated;", ""),
    ],
    ids=["none", "another column", "the backend's", "the column", "deletion", "a view", "a closed view"],
)
def test_what_functions_record_no_client_writes_past_them(server, tmp_path, rights, said):
    with system(server, tmp_path, ITEMS + rights) as target:
        found = by_subject(judged(target, "AUD001"))["public.items"]
    assert found.status is (Status.FAILED if said else Status.PASSED), found.detail
    assert (said or "of 2 kinds of change") in found.detail
