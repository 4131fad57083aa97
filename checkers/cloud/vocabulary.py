"""The variables of a question about a request, and how an identity is written as text.

`PRINCIPAL` is one text: the ARN that `aws:PrincipalArn` has (a role session counts as its role),
`anonymous`, or `service:NAME`, `federated:PROVIDER`, `canonical:ID`.
A condition key is the variable of its lower-case name, and has further views for typed operators:
`key#number`, `key#date`, `key#address`, `key#binary`.
"""

import base64
import binascii
import re
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from ipaddress import ip_address, ip_network

from checkers import limits
from checkers.kernel.formula import Arity, Theory, Variable
from checkers.kernel.globs import ANY, SEG_ANY, SEG_STAR, STAR, GlobSet

# Upper case, so that no condition key has these names.
PRINCIPAL = Variable("PRINCIPAL", Theory.GLOBS, Arity.ONE)
ACTION = Variable("ACTION", Theory.GLOBS, Arity.ONE)
RESOURCE = Variable("RESOURCE", Theory.GLOBS, Arity.ONE)
SESSION = Variable("SESSION", Theory.GLOBS, Arity.OPTIONAL)
CALLER_ALLOWED = Variable("CALLER-ALLOWED", Theory.FLAG, Arity.ONE)

ANONYMOUS = "anonymous"
ANY_ARN = GlobSet(["arn:" + STAR])
ANY_SERVICE = GlobSet(["service:" + STAR])
ANY_SIGNED = GlobSet(["arn:" + STAR, "canonical:" + STAR])
# A caller: in IAM a user, a role or the root of an account, in STS a federated user.
_ACCOUNT = SEG_ANY * 12
WELL_FORMED_PRINCIPAL = GlobSet([
    ANONYMOUS,
    "service:" + STAR,
    "federated:" + STAR,
    "canonical:" + STAR,
    f"arn:aws{SEG_STAR}:iam::{_ACCOUNT}:user/{ANY}{STAR}",
    f"arn:aws{SEG_STAR}:iam::{_ACCOUNT}:role/{ANY}{STAR}",
    f"arn:aws{SEG_STAR}:iam::{_ACCOUNT}:root",
    f"arn:aws{SEG_STAR}:sts::{_ACCOUNT}:federated-user/{ANY}{STAR}",
    f"arn:aws:iam::cloudfront:user/{ANY}{STAR}",
])
WELL_FORMED_RESOURCE = GlobSet([f"arn:{SEG_STAR}:{SEG_STAR}:{SEG_STAR}:{SEG_STAR}:{STAR}", "*"])

# Multi-valued keys by definition (IAM user guide, "AWS global condition context keys", and the service
# authorization reference). Other `aws:` keys are single-valued; a key of a service that is not listed is
# multi-valued iff a policy of the question uses a set operator on it.
MULTI_VALUED = frozenset({
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
    "cognito-identity.amazonaws.com:amr",
    "dynamodb:attributes",
    "dynamodb:leadingkeys",
    "kms:grantoperations",
    "sts:transitivetagkeys",
})

VIEWS = ("number", "date", "address", "binary")
# The value, in a typed view, of a text that is not of the type. It lies below every value that is, so
# that no positive operator finds it and the complement of every set has it.
NOT_A_NUMBER = Fraction(-(10**limits.MAX_NUMBER_CHARS))
NOT_AN_ADDRESS = -1
NOT_BINARY = "not base64"


def arity_of(key: str, with_set_operator: frozenset[str]) -> Arity:
    """Whether a condition key has many values."""
    if key in MULTI_VALUED:
        return Arity.MANY
    if key.startswith("aws:") or key not in with_set_operator:
        return Arity.OPTIONAL
    return Arity.MANY


@lru_cache(maxsize=1 << 14)
def key_variable(key: str, view: str, arity: Arity) -> Variable:
    """The variable of a condition key, as text or in one of `VIEWS`."""
    if not view:
        return Variable(key, Theory.GLOBS, arity)
    return Variable(f"{key}#{view}", Theory.GLOBS if view == "binary" else Theory.INTERVALS, arity)


def account_globs(account: str) -> tuple[str, ...]:
    """The patterns of every principal of an account: users, roles, root, federated users."""
    return (f"arn:{SEG_STAR}:iam::{account}:{STAR}", f"arn:{SEG_STAR}:sts::{account}:{STAR}")


def account_of(arn: str) -> str:
    """The account part of an ARN, empty where there is none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""  # noqa: PLR2004


_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def parse_number(text: str) -> Fraction | None:
    """A plain decimal number, None for anything else."""
    if len(text) > limits.MAX_NUMBER_CHARS or not _NUMBER.fullmatch(text):
        return None
    return Fraction(text)


_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def parse_date(text: str) -> Fraction | None:
    """Epoch seconds of an ISO 8601 date (UTC unless it has an offset) or of a number of epoch seconds."""
    found = _DATE.fullmatch(text)
    if not found:
        return parse_number(text)
    year, month, day, hour, minute, second, part, zone = found.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
    except ValueError:
        return None
    return Fraction(int(moment.timestamp())) + Fraction(part or 0) - _offset(zone)


def _offset(zone: str | None) -> int:
    if zone in (None, "Z"):
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone[0] == "-" else seconds


def parse_binary(text: str) -> str | None:
    """The bytes of a base64 text as hexadecimal text, None for anything else."""
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return None


_V6 = 1 << 32  # where the IPv6 line starts, behind all of IPv4
ADDRESSES = range(_V6 + (1 << 128))  # their numbers


def parse_address(text: str) -> int | None:
    """The number of an IPv4 or IPv6 address, None for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return int(address) + (_V6 if address.version == 6 else 0)  # noqa: PLR2004


def parse_network(text: str) -> tuple[int, int] | None:
    """The first number of a CIDR block or address and the one behind its last, None for anything else."""
    length = text.partition("/")[2]
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if "/" in text and not length.isdecimal():  # a netmask, which AWS does not document
        return None
    first = int(network.network_address) + (_V6 if network.version == 6 else 0)  # noqa: PLR2004
    return first, first + network.num_addresses


def show_address(number: int) -> str:
    """The text of an address number."""
    return str(ip_address(number) if number < _V6 else ip_address((number - _V6).to_bytes(16, "big")))
