"""What goes with rows that one deletes is told, whatever is between, and unknown where it could not be tried."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHOP = """
create table public.products (
  id uuid primary key default gen_random_uuid(), seller_id uuid not null references auth.users, name text not null);
create table public.variants (
  id uuid primary key default gen_random_uuid(), seller_id uuid not null references auth.users,
  product_id uuid not null references public.products on delete cascade, name text not null);
create table public.receipts (
  id uuid primary key default gen_random_uuid(), buyer_id uuid not null references auth.users,
  variant_id uuid {null} references public.variants {act}, body text not null);
alter table public.products enable row level security;
alter table public.variants enable row level security;
alter table public.receipts enable row level security;
create policy own on public.products for all to authenticated
  using (seller_id = (select auth.uid())) with check (seller_id = (select auth.uid()));
create policy own on public.variants for select to authenticated
  using (product_id in (select id from public.products where seller_id = (select auth.uid())));
create policy own on public.receipts for select to authenticated using (buyer_id = (select auth.uid()));
"""
SUBJECT = "public.products: what hangs on its rows"


RULE = """
create function public.same(variant uuid, buyer uuid) returns boolean language sql stable set search_path = '' as $$
  select exists (select from public.variants v where v.id = variant and v.seller_id = buyer) $$;
alter table public.receipts add check (public.same(variant_id, buyer_id));
"""


def told(server, root, *more, null="not null", act="on delete cascade"):
    with system(server, root, SHOP.format(null=null, act=act), *more) as target:
        return by_subject(judged(target, "ISO010"))[SUBJECT]


@pytest.mark.parametrize(
    ("null", "act", "said"),
    [
        ("not null", "on delete cascade", "may destroy rows of others in public.receipts"),
        ("", "on delete set null", "may empty references of others in public.receipts"),
    ],
    ids=["cascade", "set null"],
)
def test_what_hangs_on_what_goes_is_told(server, tmp_path, null, act, said):
    found = told(server, tmp_path, null=null, act=act)
    assert found.status is Status.FAILED
    assert said in found.detail
    assert "that refer to his own, by public.variants: the key has ON DELETE" in found.detail


def test_what_refuses_keeps_the_rest(server, tmp_path):
    assert told(server, tmp_path, act="").status is Status.PASSED


def test_what_could_not_be_made_to_hang_is_unknown(server, tmp_path):
    found = told(server, tmp_path, RULE)
    assert found.status is Status.UNKNOWN, found.detail
    assert "no row of hers could be made to hang on his: " in found.detail


RETURNS = """
create table public.returns (
  id uuid primary key default gen_random_uuid(), receipt_id uuid not null references public.receipts,
  buyer_id uuid not null references auth.users, reason text not null);
alter table public.returns enable row level security;
create policy own on public.returns for select to authenticated using (buyer_id = (select auth.uid()));
"""


def test_a_row_to_which_another_refers_goes_while_none_does(server, tmp_path):
    """That her receipt was returned keeps it; one that was not goes all the same."""
    found = told(server, tmp_path, RETURNS)
    assert found.status is Status.FAILED
    assert "may destroy rows of others in public.receipts" in found.detail


DESK = """
create table public.editors (id uuid primary key default auth.uid(), pen_name text not null);
create table public.desks (
  id uuid primary key default gen_random_uuid(), run_by uuid not null default auth.uid() references auth.users);
create table public.stories (
  id uuid primary key default gen_random_uuid(), desk uuid not null references public.desks, body text not null,
  reviewer uuid {null} references public.editors {act});
alter table public.editors enable row level security;
alter table public.desks enable row level security;
alter table public.stories enable row level security;
create policy known on public.editors for select to authenticated using (true);
create policy own on public.editors for insert to authenticated with check (id = (select auth.uid()));
create policy gone on public.editors for delete to authenticated using (id = (select auth.uid()));
create policy own on public.desks for all to authenticated
  using (run_by = (select auth.uid())) with check (run_by = (select auth.uid()));
create policy own on public.stories for all to authenticated
  using (desk in (select d.id from public.desks d where d.run_by = (select auth.uid())))
  with check (desk in (select d.id from public.desks d where d.run_by = (select auth.uid())));
create policy review on public.stories for select to authenticated using (reviewer = (select auth.uid()));
"""


@pytest.mark.parametrize(
    ("null", "act", "harm"),
    [
        ("", "on delete cascade", True),
        ("", "on delete set null", False),
        # A story that cannot be without a reviewer may be meant to go with the reviewer: that is told.
        ("not null", "on delete cascade", False),
    ],
    ids=["goes with", "stays without", "cannot be without"],
)
def test_what_goes_with_somebody_whom_its_owner_chose_is_destroyed(server, tmp_path, null, act, harm):
    with system(server, tmp_path, DESK.format(null=null, act=act)) as target:
        found = by_subject(judged(target, "ISO004"))["public.editors"]
        noted = (
            by_subject(judged(target, "ISO010"))["public.editors: what hangs on its rows"]
            if not harm
            else None
        )
    assert found.status is (Status.FAILED if harm else Status.PASSED), found.detail
    assert "destroyed alice's row in public.stories" in found.detail or not harm
    assert noted is None or noted.status is Status.FAILED
