"""Rows of one's own in tenants of others: where anybody may enter it is for settings to say, elsewhere it is forged."""

import pytest

from pytest_readiness.settings import Isolation
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

COMMUNITIES = """
create table public.communities (id bigint generated always as identity primary key, title text not null);
create table public.moderators (
  community_id bigint not null references public.communities, user_id uuid not null references auth.users,
  primary key (community_id, user_id));
create table public.profiles (
  id uuid primary key references auth.users, community_id bigint references public.communities);
create table public.posts (
  id bigint generated always as identity primary key,
  community_id bigint not null references public.communities,
  author uuid not null default auth.uid() references auth.users,
  {column} text not null{more});
create function public.is_here(c bigint) returns boolean language sql stable as
  $$ select c = ({here})::bigint $$;
alter table public.communities enable row level security;
alter table public.moderators enable row level security;
alter table public.posts enable row level security;
create policy self on public.moderators for select to authenticated using (user_id = auth.uid());
create policy browse on public.communities for select to anon, authenticated using ({browsed});
create policy moderate on public.posts for select to authenticated using ({moderates});
create policy own on public.posts for select to authenticated using (author = auth.uid());
create policy post on public.posts for insert to authenticated with check ({check});
revoke insert on public.posts from authenticated;
grant insert ({granted}) on public.posts to authenticated;
create policy change on public.posts for update to authenticated {changes};
alter table public.profiles enable row level security;
create policy self on public.profiles for select to authenticated using (id = auth.uid());
"""
MODERATES = "exists (select from public.moderators m where m.user_id = auth.uid() and m.community_id = {}.{})"
OPEN = {
    "browsed": "true",
    "column": "body",
    "granted": "community_id, author, body",
    "more": "",
    "changes": "using (author = auth.uid())",
    "here": "auth.jwt() -> 'app_metadata' ->> 'community_id'",
    "check": "author = auth.uid()",
    "moderates": MODERATES.format("posts", "community_id"),
}
MEMBERS = OPEN["moderates"]
AUTHOR = "author = auth.uid()"
CLAIM = "community_id = (auth.jwt() -> 'app_metadata' ->> 'home')::bigint"
PROFILE = "community_id = (select p.community_id from public.profiles p where p.id = auth.uid())"


def verdict(server, path, settings=None, judged_by="ISO003", **changed):
    text = COMMUNITIES.format(**(OPEN | changed))
    with system(server, path, text, **({"isolation": settings} if settings else {})) as target:
        return by_subject(judged(target, judged_by))["public.posts"]


def test_what_anybody_may_enter_is_unknown_until_settings_say_whose_rows_are(server, tmp_path):
    finding = verdict(server, tmp_path)
    assert finding.status is Status.UNKNOWN, finding.detail
    assert finding.fix == '[isolation]\nowners = { "public.posts" = "author" }'
    declared = Isolation(owners={"public.posts": "author"})
    assert verdict(server, tmp_path, declared).status is Status.PASSED


@pytest.mark.parametrize(
    "changed",
    [
        {"browsed": MODERATES.format("communities", "id")},
        {"check": "true"},
        {"check": f"author = auth.uid() and ({MODERATES.format('posts', 'community_id')} or id > 0)"},
        {"column": "approved", "granted": "community_id, author, approved"},
        {
            "more": ", assignee uuid not null references auth.users",
            "granted": "community_id, body, assignee",
        },
    ],
    ids=["closed to others", "in anybody's name", "who belongs is asked in vain", "a verdict", "for another"],
)
def test_a_row_in_a_tenant_that_has_members_alone_is_forged(server, tmp_path, changed):
    finding = verdict(server, tmp_path, **changed)
    assert finding.status is Status.FAILED, finding.detail
    assert "in the name of" in finding.detail


@pytest.mark.parametrize(
    "changed",
    [
        {"changes": f"using ({MEMBERS}) with check ({AUTHOR})"},
        {"check": f"{AUTHOR} and {MEMBERS}"},
        {"changes": f"using ({AUTHOR} and {MEMBERS})"},
        {"check": f"{AUTHOR} and ({CLAIM} or id > 0)"},
        {"check": f"{AUTHOR} and (public.is_here(community_id) or id > 0)"},
        {
            "check": f"{AUTHOR} and (public.is_here(community_id) or id > 0)",
            "here": "nullif(current_setting('app.community_id', true), '')",
        },
        {"check": f"{AUTHOR} and ({PROFILE} or id > 0)"},
    ],
    ids=["moved", "new", "changed", "a claim", "a claim by function", "a setting by function", "a profile"],
)
def test_who_belongs_may_be_asked_elsewhere_and_otherwise(server, tmp_path, changed):
    finding = verdict(server, tmp_path, **changed)
    assert finding.status is Status.FAILED, finding.detail


@pytest.mark.parametrize("judged_by", ["ISO002", "ISO003"])
@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"check": f"{AUTHOR} and exists (select from public.profiles p where p.id = auth.uid())"},
    ],
    ids=["by its author", "by who has a profile"],
)
def test_what_no_text_asks_is_unknown_for_new_rows_and_for_moved_ones(server, tmp_path, judged_by, changed):
    finding = verdict(server, tmp_path, judged_by=judged_by, **changed)
    assert finding.status is Status.UNKNOWN, finding.detail


def test_a_report_that_moderators_deal_with_may_be_anybodys(server, tmp_path):
    finding = verdict(server, tmp_path, changes=f"using ({MEMBERS})")
    assert finding.status is Status.UNKNOWN, finding.detail
