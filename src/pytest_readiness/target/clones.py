"""Copies of the template: each attack has a database of its own and may commit what it likes."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

_SETTINGS = """
with copied as (select oid from pg_database where datname = %(copy)s),
     original as (select oid, datacl from pg_database where datname = %(original)s),
     settings as (
        insert into pg_db_role_setting
        select copied.oid, setrole, setconfig from pg_db_role_setting, copied, original
        where setdatabase = original.oid)
update pg_database set datacl = original.datacl from copied, original where pg_database.oid = copied.oid
"""
"""CREATE DATABASE copies neither ALTER DATABASE … SET nor the database's own privileges."""

_OWNER = "select pg_get_userbyid(datdba) from pg_database where datname = %s"
"""Whose the copy is too: he may create in its schema public, where a service makes tables of its own."""


def clone(admin: psycopg.Connection, template: str, name: str) -> None:
    """Copy a database that nobody is connected to, file by file, with its owner, settings and privileges."""
    from psycopg import sql

    ((owner,),) = admin.execute(_OWNER, (template,)).fetchall()
    admin.execute(
        sql.SQL("create database {} owner {} template {} strategy file_copy").format(
            sql.Identifier(name), sql.Identifier(owner), sql.Identifier(template)
        )
    )
    admin.execute(_SETTINGS, {"copy": name, "original": template})


class Stock:
    """Clones made ahead by one process and taken by any, through files in the run directory."""

    def __init__(self, folder: Path, template: str) -> None:
        self.folder = folder
        self._template = template
        self._serial = itertools.count()

    def fill(self, admin: psycopg.Connection, count: int) -> None:
        """Make clones ahead; what cannot be made is made by whoever needs it."""
        for index in range(count):
            name = f"{self._template}_a{index}"
            clone(admin, self._template, name)
            (self.folder / f"ready-{name}").touch()

    def take(self, admin: psycopg.Connection) -> str:
        """Return the name of a fresh clone that nobody else has."""
        for ready in sorted(self.folder.glob(f"ready-{self._template}_a*")):
            try:
                ready.rename(self.folder / ready.name.replace("ready-", "taken-", 1))
            except FileNotFoundError:
                continue  # another worker was faster
            return ready.name.removeprefix("ready-")
        return self.copy(admin, self._template)

    def copy(self, admin: psycopg.Connection, original: str) -> str:
        """Return the name of a new copy of a database, the template or one that was made from it."""
        name = f"{self._template}_p{os.getpid()}_{next(self._serial)}"
        clone(admin, original, name)
        return name
