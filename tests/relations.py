"""Relations in short, for judges that read the catalog."""

from pytest_readiness.evidence.catalog import CatalogEvidence, Column, ForeignKey, Policy, Relation, Trigger


def column(name, kind="uuid", *, default="", not_null=True):
    return Column(name, name, kind, "b", not_null, default, writable=True)


def relation(name, *columns, references=None, using=(), parent="", key=("id",), body=""):
    schema, _, table = name.partition(".")
    return Relation(
        schema=schema,
        table=table,
        name=name,
        kind="table",
        owner="postgres",
        rls=True,
        parent=parent,
        bounds="",
        columns=columns,
        primary_key=key,
        unique=(),
        foreign_keys=tuple(
            ForeignKey((source,), target, ("id",)) for source, target in (references or {}).items()
        ),
        checks=(),
        policies=tuple(
            Policy(f"p{i}", "SELECT", ("public",), permissive=True, using=text, check="")
            for i, text in enumerate(using)
        ),
        triggers=(Trigger("t", "public.f", body, "O"),) if body else (),
        privileges={},
    )


def catalog(*relations):
    return CatalogEvidence(relations, 180001)
