"""What the user asked `auditctl diff` for. Untrusted."""

from dataclasses import dataclass, field
from pathlib import Path

from auditctl.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    old: Path
    new: Path
    source: Source = field(default_factory=Source)
    kind: str = "identity"
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    output: Path | None = None
    form: str = "rich"
