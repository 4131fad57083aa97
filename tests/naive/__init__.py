"""The reference semantics of IAM that the tests compare against.

It decides one concrete request on raw policy documents and is written from
the rules, not from the code under test: it imports neither `checkers` nor
`auditctl`, it has no formula, no automaton and no cleverness, and it is slow.

Where AWS's behaviour is not settled there are two readings. `wide=True` reads
a statement so that it applies more, `wide=False` so that it applies less.
`upper=True` asks what could possibly be allowed (Allow wide, Deny narrow),
`upper=False` what surely is (Allow narrow, Deny wide).
"""

from naive.conditions import OPERATORS, pair_holds, texts_of
from naive.decisions import decide, decide_identity, decide_policy, is_federated_user, is_root, is_service_linked
from naive.documents import action_matches, document_effect, resource_matches, statement_applies
from naive.reading import (
    MANY_BY_DEFINITION,
    Json,
    Kind,
    Request,
    Scene,
    account_of,
    fold,
    is_aws,
    listed,
    many_keys,
    pieces,
    statements_of,
)
from naive.storage import flags_of, is_plainly_public, is_public
from naive.world import (
    GUARDED,
    REGION,
    Endpoint,
    Guarded,
    Organization,
    World,
    bucket_of,
    documents_of,
    grant_document,
    resource_of,
)

__all__ = [
    "GUARDED",
    "MANY_BY_DEFINITION",
    "OPERATORS",
    "REGION",
    "Endpoint",
    "Guarded",
    "Json",
    "Kind",
    "Organization",
    "Request",
    "Scene",
    "World",
    "account_of",
    "action_matches",
    "bucket_of",
    "decide",
    "decide_identity",
    "decide_policy",
    "document_effect",
    "documents_of",
    "flags_of",
    "fold",
    "grant_document",
    "is_aws",
    "is_federated_user",
    "is_plainly_public",
    "is_public",
    "is_root",
    "is_service_linked",
    "listed",
    "many_keys",
    "pair_holds",
    "pieces",
    "resource_matches",
    "resource_of",
    "statement_applies",
    "statements_of",
    "texts_of",
]
