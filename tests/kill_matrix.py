"""Writes which mutant of the reference's services is killed by what: `make kills`. It takes minutes."""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import hooks
import limiters
import readiness_reference
import sieges
import wards
from pytest_readiness.providers.postgres import start
from pytest_readiness.vocabulary import Status
from systems import system

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_readiness.vocabulary import Finding

HEAD = """# What kills which mutant

Made by `make kills`. A row is a mutant of a service of the reference, a column what is judged; `x` is a failure.
The sound services stand in the first row of each table and have none.

"""
SOUND = "(sound)"


def main(path: Path) -> None:
    """Run all mutants and write the tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = start("embedded", run_id="kills")
        try:
            tables = [_limiters(), *_services(server, folder)]
        finally:
            server.stop()
    path.write_text(HEAD + "\n".join(tables), encoding="utf-8")


def _limiters() -> str:
    mutants = [m for m in readiness_reference.MUTANTS.glob("LIM0*.py") if m.name < "LIM011"]
    places = {SOUND: "readiness_reference.services.limits:make_limiter"}
    places |= {m.stem: f"readiness_reference.mutants.{m.stem}:make_limiter" for m in sorted(mutants)}
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda place: _failed(limiters.tried(place)), places.values())
        rows = {
            name: {subject.removeprefix("it: ") for subject in row}
            for name, row in zip(places, found, strict=True)
        }
    return _table("Limiters, by property", limiters.EVERY, rows)


def _services(server: object, folder: Path) -> Iterator[str]:
    with system(server, folder, "select 1;") as target:
        yield _checked(
            "Endpoints",
            sieges,
            {"limited": 2},
            lambda app, n: sieges.under_attack(target, sieges.service(app, n), sieges.limit()).items(),
        )
        yield _checked(
            "Health",
            wards,
            {"health": 1},
            lambda app, _: wards.under_attack(target, wards.service(app), wards.KAFKA).items(),
        )
        answers = wards.answers_of_the_sound(target)
        manifests = {SOUND: wards.SOUND_MANIFESTS}
        manifests |= {mutant.stem: (f"mutants/{mutant.name}",) for mutant in wards.MANIFESTS}
        failed = {name: _failed(wards.manifest_judged(answers, *its)) for name, its in manifests.items()}
        rows = {name: {"HEA007"} if found else set() for name, found in failed.items()}
        yield _table("Manifests, by check", ("HEA007",), rows)
    with hooks.attacks(server, folder, "kills") as judge:
        yield _checked(
            "Webhooks",
            hooks,
            {"webhooks": 2, "stripe": 2, "whatsapp": 2},
            lambda app, n: ((name, one) for name, (one,) in judge(app, (), n).items()),
        )


def _checked(
    title: str,
    area: object,
    sound: dict[str, int],
    attack: Callable[[str, int], Iterable[tuple[str, Finding]]],
) -> str:
    apps = {f"{SOUND} {name}": (f"readiness_reference.services.{name}:app", n) for name, n in sound.items()}
    for mutant in area.MUTANTS:
        instances = 2 if "instance" in mutant.stem or "memory" in mutant.stem else 1
        apps[mutant.stem] = (f"readiness_reference.mutants.{mutant.stem}:app", instances)
    rows = {
        name: {check for check, finding in attack(*app) if finding.status is Status.FAILED}
        for name, app in apps.items()
    }
    return _table(f"{title}, by check", tuple(area.CHECKS), rows)


def _failed(findings: Iterable[Finding]) -> set[str]:
    return {finding.subject for finding in findings if finding.status is Status.FAILED}


def _table(title: str, columns: tuple[str, ...], rows: dict[str, set[str]]) -> str:
    lines = [
        f"## {title}\n",
        "| mutant | " + " | ".join(columns) + " |",
        "|---" * (len(columns) + 1) + "|",
        *(
            f"| {name} | " + " | ".join("x" if column in row else "" for column in columns) + " |"
            for name, row in rows.items()
        ),
        "",
    ]
    alive = [name for name, row in rows.items() if not row and not name.startswith(SOUND)]
    idle = [column for column in columns if not any(column in row for row in rows.values())]
    lines += [f"Alive: {', '.join(alive) or 'none'}. Kills nothing: {', '.join(idle) or 'none'}.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
