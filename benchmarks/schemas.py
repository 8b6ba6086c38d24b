"""Generated schemas of any size, all sound: `python -m benchmarks.schemas 1000 FOLDER` writes a project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUP = 10
"""Tables that belong together: one catalogue, six tables of owners, and three whose rows hang on those."""

_SUBJECTS = ("orders", "notes", "invoices", "devices", "bookings", "messages")
_CHILDREN = {"order_lines": "orders", "note_tags": "notes", "device_readings": "devices"}

_CATALOGUE = """
create table public.{name} (
    id bigint generated always as identity primary key,
    label text not null,
    price numeric(12, 2) not null default 1 check (price >= 0),
    listed_at timestamptz not null default now()
);
alter table public.{name} enable row level security;
create policy everybody_reads on public.{name} for select to anon, authenticated using (true);
insert into public.{name} (label, price) values ('basic', 5), ('large', 9), ('huge', 20);
"""

_OWNED = """
create table public.{name} (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    {reference}
    title text not null check (length(title) > 0),
    details jsonb not null default '{{}}',
    amount numeric(12, 2) not null default 0 check (amount >= 0),
    status text not null default 'new' check (status in ('new', 'open', 'done')),
    created_at timestamptz not null default now()
);
create index on public.{name} (user_id);
alter table public.{name} enable row level security;
create policy owner_reads on public.{name} for select to authenticated
    using (user_id = (select auth.uid()));
create policy owner_inserts on public.{name} for insert to authenticated
    with check (user_id = (select auth.uid()));
create policy owner_updates on public.{name} for update to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy owner_deletes on public.{name} for delete to authenticated
    using (user_id = (select auth.uid()));
"""

_CHILD = """
create table public.{name} (
    id bigint generated always as identity primary key,
    parent_id uuid not null references public.{parent} (id) on delete cascade,
    body text not null,
    quantity integer not null default 1 check (quantity > 0),
    added_on date not null default current_date
);
create index on public.{name} (parent_id);
alter table public.{name} enable row level security;
create policy through_parent on public.{name} for all to authenticated
    using (exists (
        select from public.{parent} p where p.id = parent_id and p.user_id = (select auth.uid())
    ))
    with check (exists (
        select from public.{parent} p where p.id = parent_id and p.user_id = (select auth.uid())
    ));
"""


def statements(tables: int) -> Iterator[str]:
    """Yield the definitions of this many tables, in an order in which they apply."""
    for start in range(0, tables, _GROUP):
        yield from list(_group(start // _GROUP))[: tables - start]


def _group(number: int) -> Iterator[str]:
    catalogue = f"products_{number:03}"
    yield _CATALOGUE.format(name=catalogue)
    for subject in _SUBJECTS:
        reference = f"product_id bigint references public.{catalogue} (id)," if subject == "orders" else ""
        yield _OWNED.format(name=f"{subject}_{number:03}", reference=reference)
    for child, parent in _CHILDREN.items():
        yield _CHILD.format(name=f"{child}_{number:03}", parent=f"{parent}_{number:03}")


def project(folder: Path, tables: int) -> Path:
    """Make a Supabase project without settings whose schema has this many tables."""
    migrations = folder / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (folder / "supabase" / "config.toml").write_text('project_id = "generated"\n')
    (migrations / "20260101000000_tables.sql").write_text("".join(statements(tables)))
    return folder


if __name__ == "__main__":
    print(project(Path(sys.argv[2]), int(sys.argv[1])))
