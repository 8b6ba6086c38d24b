"""Rows that say by a word on which kind of row they hang are read as hanging on each kind."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

REMARKS = """
create table public.letters (
  number integer primary key, user_id uuid not null default auth.uid() references auth.users, body text not null);
create table public.parcels (
  number integer primary key, user_id uuid not null default auth.uid() references auth.users, label text not null);
create table public.remarks (
  id uuid primary key default gen_random_uuid(),
  about_type text not null check (about_type in ('letter', 'parcel')), about_number integer not null, remark text not null);
alter table public.letters enable row level security;
alter table public.parcels enable row level security;
alter table public.remarks enable row level security;
create policy own on public.letters for select to authenticated using (user_id = auth.uid());
create policy own on public.parcels for select to authenticated using ({parcels});
create policy about_own on public.remarks for select to authenticated using (
  (about_type = 'letter' and {letter}) or (about_type = 'parcel' and {parcel}));
"""
OWN_LETTER = "exists (select from public.letters l where l.number = about_number and l.user_id = auth.uid())"
OWN_PARCEL = "exists (select from public.parcels p where p.number = about_number and p.user_id = auth.uid())"


@pytest.mark.parametrize(
    ("letter", "parcel", "parcels", "status"),
    [
        (OWN_LETTER, "true", "user_id = auth.uid()", Status.FAILED),
        ("true", OWN_PARCEL, "user_id = auth.uid()", Status.FAILED),
        (OWN_LETTER, OWN_PARCEL, "user_id = auth.uid()", Status.PASSED),
        # What is said about something that all may read is no secret.
        (OWN_LETTER, "true", "true", Status.PASSED),
    ],
    ids=["the last forgotten", "the first forgotten", "each asked", "about what is open"],
)
def test_a_kind_whose_owner_nothing_asks_for_is_found(server, tmp_path, letter, parcel, parcels, status):
    made = REMARKS.format(letter=letter, parcel=parcel, parcels=parcels)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO001"))["public.remarks"]
    assert found.status is status, found


OPEN_WORD = REMARKS.replace(" check (about_type in ('letter', 'parcel'))", "")
WHOSE = "about_number in (select x.number from public.letters x) or about_number in (select x.number from public.parcels x)"


@pytest.mark.parametrize(
    ("using", "numbered", "status"),
    [
        (WHOSE, "", Status.FAILED),
        (
            f"(about_type = 'letter' and {OWN_LETTER}) or (about_type = 'parcel' and {OWN_PARCEL})",
            "",
            Status.PASSED,
        ),
        # What both say more of numbers them.
        (WHOSE, " references public.items", Status.PASSED),
    ],
    ids=["the word not asked", "asked", "of one numbering"],
)
def test_any_word_may_say_of_which_kind_they_are(server, tmp_path, using, numbered, status):
    items = (
        "create table public.items (number integer primary key, kept_by uuid not null references auth.users);"
    )
    made = OPEN_WORD.format(letter="true", parcel="true", parcels="user_id = auth.uid()")
    made = made.partition("create policy about_own")[0].replace("primary key,", f"primary key{numbered},", 2)
    policy = f"create policy about_own on public.remarks for select to authenticated using ({using});"
    with system(server, tmp_path, f"{items if numbered else ''}{made}{policy}") as target:
        found = by_subject(judged(target, "ISO001"))["public.remarks"]
    assert found.status is status, found
