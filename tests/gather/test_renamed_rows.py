"""What is called after its owner may be renamed where nobody asks what it was called before."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

OWN = "split_part(path, '/', 1) = auth.uid()::text"
SCANS = """
create table public.scans ({columns}, pages int not null default 1, title text);
alter table public.scans enable row level security;
create policy look on public.scans for select to authenticated using ({own});
create policy put on public.scans for insert to authenticated with check ({own});
create policy name on public.scans for update to authenticated using ({before}) with check ({own});
revoke update on public.scans from anon, authenticated;
grant update (path) on public.scans to authenticated;
"""
COLUMNS = {
    "the name alone says whose it is": "path text primary key",
    "somebody made it": (
        "id uuid primary key default gen_random_uuid(), made_by uuid not null default auth.uid(), "
        "shelf int not null default 1, path varchar(200) not null, unique (shelf, path)"
    ),
}


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize(
    ("before", "status"), [("pages > 0", Status.FAILED), (f"pages > 0 and {OWN}", Status.PASSED)]
)
def test_who_may_rename_anything_into_his_own_folder_takes_it(server, tmp_path, columns, before, status):
    sql = SCANS.format(columns=COLUMNS[columns], own=OWN, before=before)
    with system(server, tmp_path, sql, profile="supabase") as target:
        finding = by_subject(judged(target, "ISO002"))["public.scans"]
    assert finding.status is status, finding
