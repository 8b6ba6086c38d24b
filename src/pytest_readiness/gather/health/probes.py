"""Finds probes in the documents of manifests, whatever kind of workload has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.orchestration import KINDS, ProbeSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.settings import Health

_HANDLERS = ("httpGet", "exec", "tcpSocket", "grpc")
_LABELS = ("app", "app.kubernetes.io/name", "app.kubernetes.io/component")
_NUMBERS = {"timeoutSeconds": 1.0, "periodSeconds": 10.0, "failureThreshold": 3.0}
"""What is read of a probe, and what Kubernetes takes where it is not told."""

_WRITTEN = re.compile(rf"({'|'.join(KINDS)})\W[\s\S]*timeoutSeconds")
"""A patch that is written as a text in another document."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A probe as it stands somewhere.

    Attributes:
        names: Of the workload and its container, and its labels.
        body: What it says.
        written: Whether it is part of a text, as patches in a kustomization may be.
    """

    file: str
    place: str
    kind: str
    names: tuple[str, ...]
    body: dict[Any, Any]
    written: bool = False

    @property
    def complete(self) -> bool:
        """Whether it says what is asked: a patch may say how long alone."""
        return any(handler in self.body for handler in _HANDLERS)

    def changes(self, other: _Found) -> bool:
        """Whether it is a patch of another one, by its name; who a text is about is not read."""
        named = self.written or bool({*self.names} & {*other.names})
        return not self.complete and self.kind == other.kind and named


def probes_in(documents: dict[str, list[Any]], declared: Health) -> Iterator[ProbeSpec]:
    """Yield the probes that ask a declared path.

    Args:
        documents: By file.
        declared: Whose paths they are.
    """
    found = [one for file, parts in documents.items() for one in _found(file, parts)]
    places: dict[str, int] = {}
    for one in found:
        if not (one.complete and (endpoints := _asked(one.body, declared))):
            continue
        patch = next((patch for patch in found if patch.changes(one)), None)
        spec = _spec(one, endpoints, declared)
        if patch is not None:
            spec = replace(spec, doubt=f"{patch.file} changes it: name what is rendered in health.manifests")
        count = places[spec.place] = places.get(spec.place, 0) + 1
        yield spec if count == 1 else replace(spec, place=f"{spec.place} ({count})")


def _found(file: str, documents: list[Any]) -> Iterator[_Found]:
    seen: set[int] = set()
    for document in documents:
        yield from _below(document, file, "", (), seen)


def _below(value: Any, file: str, place: str, names: tuple[str, ...], seen: set[int]) -> Iterator[_Found]:  # noqa: ANN401  whatever YAML holds
    if isinstance(value, str):
        for kind in {match[1] for match in _WRITTEN.finditer(value)}:
            yield _Found(file, file, kind, names, {}, written=True)
    if not isinstance(value, dict | list) or id(value) in seen:
        return  # an alias may lead back to where it stands
    seen.add(id(value))
    if isinstance(value, list):
        for item in value:
            yield from _below(item, file, place, names, seen)
        return
    place, names = _named(value, place, names)
    for key, item in value.items():
        if key in KINDS and isinstance(item, dict):
            yield _Found(file, f"{file}: {place}" if place else file, key, names, item)
        else:
            yield from _below(item, file, place, names, seen)


def _named(value: dict[Any, Any], place: str, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Add what a document, or a container in it, is called."""
    metadata = value.get("metadata")
    if isinstance(value.get("kind"), str) and isinstance(metadata, dict):
        name, labels = metadata.get("name"), metadata.get("labels")
        place = f"{value['kind']} {name}"
        also = [labels.get(label) for label in _LABELS] if isinstance(labels, dict) else []
        return place, tuple(dict.fromkeys(str(one) for one in (name, *also) if one))
    if any(kind in value for kind in KINDS) and isinstance(value.get("name"), str):
        place = f"{place}, container {value['name']}".removeprefix(", ")
        return place, tuple(dict.fromkeys((*names, value["name"])))
    return place, names


def _asked(body: dict[Any, Any], declared: Health) -> tuple[str, ...]:
    """Return which declared endpoints a probe asks, by HTTP or by a command that names the path."""
    paths = {"health": declared.path, "liveness": declared.liveness, "readiness": declared.readiness}
    get, command = body.get("httpGet"), body.get("exec")
    if isinstance(get, dict):
        asked = "/" + str(get.get("path") or "").partition("?")[0].strip("/")
        return tuple(name for name, path in paths.items() if path and asked == "/" + path.strip("/"))
    words = command.get("command") if isinstance(command, dict) else None
    text = " ".join(map(str, words)) if isinstance(words, list) else ""
    return tuple(
        name
        for name, path in paths.items()
        if path and re.search(rf"(?:localhost|\d|\]|[A-Z_}}]){re.escape(path)}(?![\w/-])", text)
    )


def _spec(one: _Found, endpoints: tuple[str, ...], declared: Health) -> ProbeSpec:
    paths = {"health": declared.path, "liveness": declared.liveness, "readiness": declared.readiness}
    told = {name: one.body.get(name) for name in _NUMBERS}
    doubts = [f"{name} is {value!r:.60}, and no number" for name, value in told.items() if not _whole(value)]
    timeout, period, failures = (
        float(value) if value and _whole(value) else _NUMBERS[name] for name, value in told.items()
    )
    return ProbeSpec(
        place=f"{one.place}, {one.kind}" if one.place != one.file else f"{one.file}: {one.kind}",
        kind=one.kind,
        path=paths[endpoints[0]],
        endpoints=endpoints,
        names=one.names,
        timeout=timeout,
        period=period,
        failures=failures,
        doubt=next(iter(doubts), ""),
    )


def _whole(value: Any) -> bool:  # noqa: ANN401  whatever YAML holds
    return value is None or (isinstance(value, int) and not isinstance(value, bool))
