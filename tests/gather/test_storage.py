"""Files in the platform's storage are attacked bucket by bucket."""

import pytest

from pytest_readiness.settings import Isolation
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MAKE = "insert into storage.buckets (id, name, public) values ('scans', 'scans', {});"
POLICY = (
    "create policy \"{0} {1}\" on storage.objects for {0} to authenticated {2} (bucket_id = 'scans' and {1});"
)
FOLDER = "(storage.foldername(name))[1] = auth.uid()::text"
OWNER = "owner_id = auth.uid()::text"


def scans(server, tmp_path, *policies, public="false", **settings):
    text = "\n".join([MAKE.format(public), *policies])
    with system(server, tmp_path, text, **settings) as target:
        return by_subject(judged(target, "ISO013"))["storage.objects:scans"]


def using(verb, condition):
    return POLICY.format(verb, condition, "with check" if verb == "insert" else "using")


@pytest.mark.parametrize("condition", [FOLDER, OWNER], ids=["by folder", "by owner"])
def test_ones_own_files_are_sound(server, tmp_path, condition):
    found = scans(server, tmp_path, *(using(verb, condition) for verb in ("select", "update", "delete")))
    assert (found.status, "its owner may" in found.detail) == (Status.PASSED, True)


NAMED = """
create function public.whose(name text) returns uuid language plpgsql set search_path = '' as $$
begin return replace(storage.filename(name), '.' || storage.extension(name), '')::uuid; end $$;
"""


@pytest.mark.parametrize(
    ("condition", "status"),
    [("public.whose(name) = auth.uid()", Status.PASSED), ("public.whose(name) is not null", Status.FAILED)],
    ids=["the caller", "anybody"],
)
def test_files_may_be_named_after_whom_they_belong_to(server, tmp_path, condition, status):
    found = scans(server, tmp_path, NAMED, using("select", condition))
    assert (found.status, "its owner may" in found.detail) == (status, status is Status.PASSED)


def test_a_policy_that_raises_for_everybody_is_broken(server, tmp_path):
    found = scans(server, tmp_path, using("select", "'x'::text::int = 1"))
    assert found.status is Status.FAILED
    assert found.detail.startswith("Nobody can use bucket scans: 22P02")


@pytest.mark.parametrize(
    ("verb", "did"),
    [("select", "read the file"), ("update", "replaced the file"), ("delete", "deleted the file")],
)
def test_a_verb_that_asks_for_no_owner_is_found(server, tmp_path, verb, did):
    # What the API does names the file, so that SELECT has its say: here everybody may see the names.
    policies = [using(verb, "true")]
    public = "false" if verb == "select" else "true"
    policies += [] if verb == "select" else [using("select", "true")]
    found = scans(server, tmp_path, *policies, public=public)
    assert found.status is Status.FAILED
    assert f"As bob I {did} of alice in bucket scans" in found.detail


def test_files_in_the_folder_of_another_are_forged_where_folders_say_whose_they_are(server, tmp_path):
    by_folder = using("select", FOLDER)
    assert "put a file into the folder" in scans(server, tmp_path, using("insert", "true"), by_folder).detail


def test_names_are_free_where_folders_say_nothing(server, tmp_path):
    by_owner = using("select", OWNER)
    assert scans(server, tmp_path, using("insert", "true"), by_owner).status is Status.PASSED


def test_what_is_public_or_declared_may_be_read(server, tmp_path):
    read = using("select", "true")
    assert scans(server, tmp_path, read, public="true").status is Status.PASSED
    declared = Isolation(world_readable=("storage.objects:scans",))
    (tmp_path / "declared").mkdir()
    assert scans(server, tmp_path / "declared", read, isolation=declared).status is Status.PASSED


def test_a_bucket_that_policies_alone_name_is_unknown(server, tmp_path):
    policy = "create policy p on storage.objects for select to authenticated using (bucket_id = 'logos');"
    with system(server, tmp_path, policy) as target:
        found = by_subject(judged(target, "ISO013"))
    assert found["storage.objects:logos"].status is Status.UNKNOWN
    assert found["storage.objects:readiness"].status is Status.PASSED


def test_a_policy_without_a_bucket_opens_all(server, tmp_path):
    policy = "create policy p on storage.objects for select to anon using (name is not null);"
    found = scans(server, tmp_path, policy)
    assert found.detail.startswith("As anon I read the file of alice in bucket scans")


def test_a_private_bucket_is_not_to_be_made_public(server, tmp_path):
    policies = [using("select", FOLDER), "create policy b on storage.buckets to authenticated using (true);"]
    assert "made public" in scans(server, tmp_path, *policies).detail


def test_without_policies_there_is_nothing_to_judge(server, tmp_path):
    with system(server, tmp_path, "select 1;") as target:
        assert judged(target, "ISO013").absent
    (tmp_path / "plain").mkdir()
    with system(server, tmp_path / "plain", "select 1;", profile="postgres") as target:
        assert judged(target, "ISO013").absent == "the platform keeps no files"


FIRMS = """
create table public.firms (id bigint primary key, title text);
create table public.people (firm_id bigint references public.firms, user_id uuid references auth.users,
    primary key (firm_id, user_id));
alter table public.firms enable row level security;
alter table public.people enable row level security;
create policy own on public.people for select to authenticated using (user_id = auth.uid());
"""
CASES = """
create table public.cases (id uuid primary key default gen_random_uuid(), owner_id uuid references auth.users);
alter table public.cases enable row level security;
create policy own on public.cases for select to authenticated using (owner_id = auth.uid());
"""


@pytest.mark.parametrize(
    ("pattern", "status"), [("'/%'", Status.PASSED), ("'%'", Status.FAILED)], ids=["a folder", "a beginning"]
)
def test_a_folder_whose_number_begins_like_another_is_not_the_others(server, tmp_path, pattern, status):
    member = "select 1 from public.people p where p.user_id = auth.uid() and objects.name like p.firm_id || "
    found = scans(server, tmp_path, FIRMS, using("select", f"exists ({member} {pattern})"))
    assert found.status is status
    assert ("given firm_id = '48160001' in public.people" in found.detail) == (status is Status.FAILED)


@pytest.mark.parametrize(
    ("condition", "status"),
    [("c.owner_id = auth.uid()", Status.PASSED), ("true", Status.FAILED)],
    ids=["her own", "anybody's"],
)
def test_files_may_lie_under_the_key_of_what_is_hers(server, tmp_path, condition, status):
    # A function reads the cases with its owner's rights, as policies alone would not let bob at hers.
    opens = (
        "create function public.opens(name text) returns boolean language sql security definer as $$ "
        "select exists (select from public.cases c where c.id::text = (storage.foldername(name))[1] "
        f"and {condition}) $$;"
    )
    found = scans(server, tmp_path, CASES, opens, using("select", "public.opens(name)"))
    assert (found.status, "its owner may" in found.detail) == (status, status is Status.PASSED)
