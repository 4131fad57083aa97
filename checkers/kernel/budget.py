"""How much work one certificate may cause."""

from checkers import limits
from checkers.verdict import Declined


class Budget:
    """Counts units of work, of about a tenth of a microsecond each."""

    __slots__ = ("left", "most")

    def __init__(self, most: int | None = None) -> None:
        self.left = self.most = limits.MAX_WORK if most is None else most

    def spend(self, units: int) -> None:
        """Take `units`; decline when there are none left."""
        self.left -= units
        if self.left < 0:
            raise Declined(f"the certificate needs more than {self.most} units of work")
