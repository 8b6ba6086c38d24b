"""What one was given is turned to another thing of the giver's, and what nobody could be given is not."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

NOTES = """
create table public.notes (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users,
  {column}, body text not null);
create table public.shares (
  id uuid primary key default gen_random_uuid(), note_id uuid not null references public.notes on delete cascade,
  shared_by uuid not null default auth.uid() references auth.users,
  shared_with uuid not null references auth.users, muted boolean not null default false);
create function public.owns(n uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.notes where id = n and owner_id = auth.uid()) $$;
create function public.shown(n uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.shares s join public.notes o on o.id = s.note_id {also}
   where s.note_id = n and auth.uid() in (s.shared_with, s.shared_by)) $$;
alter table public.notes enable row level security;
alter table public.shares enable row level security;
create policy own on public.notes for select to authenticated using (owner_id = (select auth.uid()) or public.shown(id));
create policy see on public.shares for select to authenticated using (auth.uid() in (shared_by, shared_with));
create policy give on public.shares for insert to authenticated
  with check (shared_by = auth.uid() and public.owns(note_id));
create policy turn on public.shares for update to authenticated using ({who} = auth.uid()) with check ({who} = auth.uid());
revoke update on public.shares from authenticated, anon;
grant update ({granted}) on public.shares to authenticated;
"""
PLAIN, TOKEN = "title text not null", "token uuid not null unique"


@pytest.mark.parametrize("column", [PLAIN, TOKEN, "place int not null default 1, unique (owner_id, place)"])
@pytest.mark.parametrize(
    ("granted", "status"),
    [("note_id, muted", Status.FAILED), ("muted", Status.PASSED)],
    ids=["note", "muted"],
)
def test_a_share_is_turned_by_whom_it_was_given_to(server, tmp_path, column, granted, status):
    also = "and o.owner_id = s.shared_by"
    made = NOTES.format(column=column, who="shared_with", granted=granted, also=also)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO006"))["public.shares"]
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "public.notes" in found.detail


def test_a_giver_may_turn_what_he_gave(server, tmp_path):
    """Whoever gave may choose another note of the same owner: that is he, as nobody gives what is not his."""
    same = """
create function public.turned() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if (select owner_id from public.notes where id = new.note_id)
    is distinct from (select owner_id from public.notes where id = old.note_id) then raise 'of another'; end if;
  return new;
end $$;
create trigger turned before update on public.shares for each row execute function public.turned();
"""
    made = NOTES.format(column=PLAIN, who="shared_by", granted="note_id", also="")
    with system(server, tmp_path, made, same) as target:
        found = by_subject(judged(target, "ISO006"))["public.shares"]
    assert found.status is Status.PASSED, found.detail
