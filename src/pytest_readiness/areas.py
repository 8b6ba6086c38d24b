"""The areas of readiness: what a release is judged by, and how much each counts."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_readiness.vocabulary import Category


@dataclass(frozen=True, slots=True)
class Area:
    """A part of readiness with a weight of its own.

    Attributes:
        name: Also the name of its folder of checks.
        category: The group it is shown in.
        weight: Its default share of the score; the defaults sum to 100.
    """

    name: str
    category: Category
    weight: int


AREAS: dict[str, Area] = {
    area.name: area
    for area in (
        Area("isolation", Category.SECURITY, 20),
        Area("schema", Category.SECURITY, 8),
        Area("limits", Category.SECURITY, 8),
        Area("webhooks", Category.SECURITY, 6),
        Area("wallet", Category.INTEGRITY, 20),
        Area("audit", Category.INTEGRITY, 10),
        Area("migrations", Category.INTEGRITY, 8),
        Area("health", Category.RELIABILITY, 6),
        Area("testing", Category.TESTING, 5),
        Area("project", Category.TESTING, 2),
        Area("deploy", Category.DEVOPS, 3),
        Area("packages", Category.DEVOPS, 2),
        Area("documentation", Category.DOCUMENTATION, 2),
    )
}
