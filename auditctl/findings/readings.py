"""Why a claim is open, in words: the readings that AWS's documentation does not settle.

Untrusted.
"""

import re

READINGS = {
    "access-point-bucket": "what a bucket must say to its account through an access point is not settled",
    "canonical-user": "whose principals a canonical user that is not in the snapshot stands for is not known",
    "federated-user": (
        "whether a policy that names an IAM user also speaks of federated user sessions of that user is not settled"
    ),
    "foranyvalue-ifexists": "what ForAnyValue with IfExists makes of an absent key is not documented",
    "kms-grant": "whether identity policies limit what a grant of a key gives is not settled",
    "notprincipal-account": (
        "whether NotPrincipal spares a caller that is not listed at each of its levels (session, role, account) "
        "is not settled"
    ),
    "public-policy": "whether the policy counts as public is not settled",
    "rcp-services": "whether resource control policies bind this service is not settled",
    "scalar-on-set": "what a single-valued operator makes of a key with many values is not documented",
    "session-tags": "a session of the role may carry tags that the role does not have",
    "star-crosses-colon": "whether `*` in the first five parts of an ARN crosses a colon is not settled",
    "wildcard-resource-type": "whether a wildcard may stand for a resource type is not settled",
    "variable-outside-last-part": "whether a policy variable works outside the last part of an ARN is not settled",
}


# What the checker says of a document that could not be read: `FILE: WHY (NAME, FILE)`.
_UNREAD = re.compile(r"(?P<file>[^:]+): (?P<why>.*) \((?P<name>[^()]*), (?P=file)\)")


def in_words(reason: str) -> str:
    """A reason of an inconclusive claim as people read it."""
    if reason in READINGS:
        return f"{READINGS[reason]} ({reason})"
    unread = _UNREAD.fullmatch(reason)
    if unread:
        return f"{unread['name']} could not be read: {unread['why']}, {unread['file']}"
    return reason.removeprefix("unmodelled: ")
