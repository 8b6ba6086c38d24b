"""Fills a copy of the target with rows of two users, wherever rows belong to somebody."""

from __future__ import annotations

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.population import Population, SyntheticRow
from pytest_readiness.gather.rows import CannotFillError, RowMaker
from pytest_readiness.judges.ownership import infer
from pytest_readiness.target.identities import ALICE, BOB, NEWCOMER
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer


@gatherer(strength=Strength.ATTACKED)
def population(target: Target, catalog: CatalogEvidence) -> Population:
    """Sign up three users and give two of them a row in every table that has owners."""
    connection = target.database()
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    maker = RowMaker(connection, catalog, owners, target.profile.users, target.seed)
    for person in (ALICE, BOB, NEWCOMER):
        maker.sign_up(person)
    rows: dict[tuple[str, str], SyntheticRow] = {}
    unfilled: dict[str, str] = {}
    for relation in catalog.relations:
        if relation.kind not in TABLE_KINDS or relation.name not in owners.owned:
            continue
        try:
            for person in (ALICE, BOB):
                row = maker.make(relation, person)
                rows[relation.name, person.name] = SyntheticRow(
                    row.where, maker.setup(relation, person), row.canaries
                )
        except CannotFillError as error:
            unfilled[relation.name] = str(error)
    _refresh(connection, catalog)
    return Population(
        database=connection.info.dbname,
        rows=rows,
        unfilled=unfilled,
        owned={name: ownership.why for name, ownership in owners.owned.items()},
        owner_columns={name: ownership.columns for name, ownership in owners.owned.items()},
        public=owners.public,
        nobodys=owners.nobodys,
    )


def _refresh(connection: psycopg.Connection, catalog: CatalogEvidence) -> None:
    """Bring materialized views up to the rows; one that cannot be refreshed is judged as it is."""
    for relation in catalog.relations:
        if relation.kind == "materialized view":
            try:
                connection.execute(f"refresh materialized view {relation.name}".encode())
            except psycopg.Error:
                continue
