"""What the user asked `auditctl diff` for. Untrusted."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    old: Path
    new: Path
    kind: str = "identity"
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    output: Path | None = None
    form: str = "rich"
