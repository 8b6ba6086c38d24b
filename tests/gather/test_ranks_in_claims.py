"""What a token says that somebody is in his tenant is given to whoever sees nothing without it."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

KITCHENS = """
create table public.kitchens (id uuid primary key default gen_random_uuid(), name text not null);
create table public.recipes (
  id uuid primary key default gen_random_uuid(), kitchen_id uuid not null references public.kitchens, steps text not null);
create table public.menus (
  id uuid primary key default gen_random_uuid(), kitchen_id uuid not null references public.kitchens, day text not null);
alter table public.menus enable row level security;
alter table public.kitchens enable row level security;
alter table public.recipes enable row level security;
create function public.mine() returns uuid language sql stable set search_path = '' as
$$ select (auth.jwt() -> 'app_metadata' ->> 'kitchen_id')::uuid $$;
create policy own on public.kitchens for select to authenticated using (id = public.mine());
create policy own on public.recipes for select to authenticated using ({readers});
create policy own on public.menus for select to authenticated using ({menus});
revoke all on public.kitchens, public.recipes, public.menus from anon, authenticated;
grant select on public.kitchens, public.recipes, public.menus to authenticated;
"""
ROLE = "(auth.jwt() -> 'app_metadata' ->> 'kitchen_role')"
OWN = f"kitchen_id = public.mine() and {ROLE} in ('washer', 'cook')"
SYSTEMS = {
    "of the kitchen": (OWN, Status.PASSED),
    "as a list": (
        "kitchen_id = public.mine() and auth.jwt() -> 'app_metadata' -> 'kitchen_roles' ? 'cook'",
        Status.PASSED,
    ),
    "of one above all kitchens": (f"{ROLE} = 'inspector' or ({OWN})", Status.PASSED),
    "of any kitchen": (f"{ROLE} in ('washer', 'cook') and public.mine() is not null", Status.FAILED),
    "of an inspector alone": (f"{ROLE} = 'inspector' and kitchen_id is not null", Status.UNKNOWN),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_a_member_has_the_rank_that_shows_him_his_own(server, tmp_path, what):
    readers, status = SYSTEMS[what]
    with system(server, tmp_path, KITCHENS.format(readers=readers, menus=OWN), profile="supabase") as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.recipes"].status is status, found["public.recipes"].detail


BY_RIGHT = """
create type public.kitchen_role as enum ('washer', 'cook', 'chef');
create table public.role_rights (
  role {type} not null, what text not null, primary key (role, what));
insert into public.role_rights values ('cook', 'recipe.read'), ('chef', 'recipe.read'), ('chef', 'recipe.write');
alter table public.role_rights enable row level security;
create function public.may(asked text) returns boolean language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from public.role_rights r
    where r.what = asked and r.role = (auth.jwt() -> 'app_metadata' ->> 'kitchen_role')::{type});
end $$;
"""


@pytest.mark.parametrize("kind", ["public.kitchen_role", "text"])
@pytest.mark.parametrize(
    ("readers", "status"),
    [
        ("kitchen_id = public.mine() and public.may('recipe.read')", Status.PASSED),
        ("public.mine() is not null and public.may('recipe.read')", Status.FAILED),
    ],
    ids=["in it", "in any"],
)
def test_a_rank_is_found_in_what_lists_its_rights(server, tmp_path, kind, readers, status):
    schema = KITCHENS.format(readers="false", menus="false") + BY_RIGHT.format(type=kind)
    own = "kitchen_id = public.mine() and public.may('recipe.read')"
    for table, using in {"recipes": readers, "menus": own}.items():
        schema += f"create policy rank on public.{table} for select to authenticated using ({using});"
    with system(server, tmp_path, schema, profile="supabase") as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.recipes"].status is status, found["public.recipes"].detail
