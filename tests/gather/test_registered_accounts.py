"""People are signed up as an administrator would, with the tenant where code asks the account for it."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SCHOOLS = """
create table public.schools (id uuid primary key default gen_random_uuid(), slug text unique not null);
insert into public.schools values ('00000000-0000-4000-8000-000000000000', 'nowhere');
create table public.grades (
  id bigint generated always as identity primary key, school_id uuid not null references public.schools, mark text);
alter table public.schools enable row level security;
alter table public.grades enable row level security;
grant select on public.grades to authenticated;
"""
BY_TRIGGER = """
create table public.teachers (
  user_id uuid primary key references auth.users on delete cascade, school_id uuid not null references public.schools);
alter table public.teachers enable row level security;
create policy own on public.teachers for select using (user_id = auth.uid());
create policy school on public.grades for select using (
  school_id in (select t.school_id from public.teachers t where t.user_id = auth.uid()));
create function public.on_account() returns trigger language plpgsql security definer set search_path = '' as $$
declare school uuid;
begin
  select s.id into school from public.schools s where s.id = (new.raw_{0}_meta_data ->> 'school_id')::uuid;
  insert into public.teachers values (new.id, coalesce(school, '00000000-0000-4000-8000-000000000000'));
  return new;
end $$;
create trigger t after insert on auth.users for each row execute function public.on_account();
"""
BY_FUNCTION = """
create function public.my_school() returns uuid language sql stable security definer set search_path = '' as
$$ select (raw_{0}_meta_data ->> 'school_id')::uuid from auth.users where id = auth.uid() $$;
create policy school on public.grades for select using (school_id = public.my_school());
"""
FIRST_COME = """
create function public.once() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.raw_app_meta_data ->> 'school_id' is not null then raise exception 'not here'; end if;
  return new;
end $$;
create trigger once before insert on auth.users for each row execute function public.once();
"""


@pytest.fixture
def grades(server, tmp_path):
    def judge(*texts):
        with system(server, tmp_path, SCHOOLS, *texts) as target:
            return by_subject(judged(target, "ISO001"))["public.grades"]

    return judge


@pytest.mark.parametrize("way", [BY_TRIGGER, BY_FUNCTION], ids=["a trigger", "a function"])
def test_the_tenant_of_an_account_is_what_an_administrator_says(grades, way):
    finding = grades(way.format("app"))
    assert finding.status is Status.PASSED, finding.detail


@pytest.mark.parametrize("way", [BY_TRIGGER, BY_FUNCTION], ids=["a trigger", "a function"])
def test_what_users_say_of_themselves_lets_strangers_in(grades, way):
    finding = grades(way.format("user"))
    assert finding.status is Status.FAILED
    assert "As mallory, who signed up with" in finding.detail


def test_a_sign_up_that_refuses_it_is_made_without(grades):
    finding = grades(BY_TRIGGER.format("app"), FIRST_COME)
    assert finding.status is Status.UNKNOWN
