"""What one check said, in the form in which it leaves a process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pytest_readiness.vocabulary import Damage, Finding, Status, Strength


@dataclass(frozen=True, slots=True)
class Record:
    """What one check said, in a form that leaves a process: built-in types only.

    Attributes:
        check: Its id.
        findings: One for each subject.
        strength: Of the weakest evidence that it was judged on; None when there was none.
        absent: Why the part of the target that it speaks of does not exist; empty when it does.
        duration_s: Seconds.
    """

    check: str
    findings: tuple[Finding, ...]
    strength: Strength | None = None
    absent: str = ""
    duration_s: float = 0.0

    def plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        return {
            "check": self.check,
            "findings": [
                {
                    "subject": str(f.subject),
                    "status": f.status.value,
                    "detail": str(f.detail),
                    "reproduce": str(f.reproduce),
                    "fix": str(f.fix),
                    "reason": str(f.reason),
                    "damage": f.damage.value if f.damage else None,
                    "mechanical": bool(f.mechanical),
                }
                for f in self.findings
            ],
            "strength": self.strength.value if self.strength else None,
            "absent": self.absent,
            "duration_s": self.duration_s,
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Record:
        """Return the record that :meth:`plain` described."""
        return cls(
            check=plain["check"],
            findings=tuple(
                Finding(
                    **{
                        **f,
                        "status": Status(f["status"]),
                        "damage": Damage(f["damage"]) if f["damage"] else None,
                    }
                )
                for f in plain["findings"]
            ),
            strength=Strength(plain["strength"]) if plain["strength"] else None,
            absent=plain["absent"],
            duration_s=plain["duration_s"],
        )
