"""What a new policy or snapshot allows that an old one does not, and the other way round."""

from auditctl.compare.answer import FORMAT, DiffAnswer
from auditctl.compare.formats import FORMATS
from auditctl.compare.options import Options
from auditctl.compare.run import compare

__all__ = ["FORMAT", "FORMATS", "DiffAnswer", "Options", "compare"]
