"""What the user says of a plan or template beside it. Untrusted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# The account of what no plan says the account of.
NO_ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The account and region of what does not say its own, empty where the user gave none; parameters of a template.

    A parameter that is a list has its entries separated by commas, as in `aws cloudformation`.
    """

    account: str = ""
    region: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
