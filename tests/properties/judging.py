"""Builds a generated system on a real server, and returns what every check of isolation says of it."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
from naming import APP_ROLE
from psycopg import sql

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Settings
from pytest_readiness.vocabulary import Severity, Status, visible_in_line
from systems import system

CHECKS = [declared for declared in read_catalogue(Settings()).checks if declared.area == "isolation"]
GRAVE = {declared.spec.id for declared in CHECKS if declared.spec.severity is not Severity.INFO}


class Verdicts:
    """Findings by check and by what they are about, which is told by place and word, not by name."""

    def __init__(self, findings, labels):
        self.findings = {(check, _plain(finding.subject, labels)): finding for check, finding in findings}

    def failed(self, checks=GRAVE):
        return {
            place: finding.detail
            for place, finding in self.findings.items()
            if finding.status is Status.FAILED and place[0] in checks
        }

    def statuses(self):
        """Every status; of channels that are tried on one relation alone only which channel it was."""
        return {
            (check, subject.rpartition(": ")[2]): finding.status
            for (check, subject), finding in self.findings.items()
        }


def judge(server, generated, *wounds):
    """Judge a generated system, wounded by further migrations."""
    with tempfile.TemporaryDirectory() as folder, _clean(server):
        migrations = (generated.ddl, *wounds)
        with system(server, Path(folder), *migrations, **generated.settings) as target:
            failures = [m.failure for m in target.built.migrations.migrations if m.failure]
            assert not failures, f"the generated schema is not valid: {failures}\n{migrations}"
            store = open_store(target, target.run_directory)
            found = [(d.spec.id, f) for d in CHECKS for f in evaluate(d, target, store).findings]
            return Verdicts(found, _labels(generated, store.get(CatalogEvidence)))


def _labels(generated, catalog):
    """Return for every name, as the server quotes it, which part and word it stands for."""
    words = {
        (names.schema, name): f"{place}:{kind}:{word}"
        for place, (_, names) in enumerate(generated.parts)
        for (kind, word), name in names.words.items()
        if kind in "tvf"
    }
    quoted = {relation.name: (relation.schema, relation.table) for relation in catalog.relations}
    quoted |= {function.name: (function.schema, _unquoted(function)) for function in catalog.functions}
    return {name: words[place] for name, place in quoted.items() if place in words}


def _unquoted(function):
    *_, last = _parts(function.name)
    return last


def _parts(name):
    """Split a qualified name at the dots outside quotes."""
    part, inside = "", False
    for letter in name:
        if letter == '"':
            inside = not inside
        if letter == "." and not inside:
            yield _bare(part)
            part = ""
        else:
            part += letter
    yield _bare(part)


def _bare(part):
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


def _plain(subject, labels):
    for name in sorted(labels, key=len, reverse=True):
        if subject.startswith(shown := visible_in_line(name)):
            return subject.replace(shown, labels[name], 1)
    return subject


@contextmanager
def _clean(server):
    """Drop the databases that come to be meanwhile, and the application's role."""
    with psycopg.connect(server.admin, autocommit=True) as admin:
        before = _databases(admin)
        try:
            yield
        finally:
            for name in _databases(admin) - before:
                admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            admin.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(APP_ROLE)))


def _databases(admin):
    return {row[0] for row in admin.execute("select datname from pg_database").fetchall()}
