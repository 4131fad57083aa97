"""Every rule, in the order of the specification."""

from __future__ import annotations

from semantics import combining, conditions, organizations, requests, services, statements, storage

SECTIONS = {
    "Values, and which statements apply": statements.RULES,
    "Conditions and policy variables": conditions.RULES,
    "Identity, boundary, session and resource policies": combining.RULES,
    "Resource policies by service": services.RULES,
    "Organizations": organizations.RULES,
    "Amazon S3": storage.RULES,
    "Facts about requests": requests.RULES,
}
RULES = tuple(rule for rules in SECTIONS.values() for rule in rules)
# What well-known evaluators get wrong.
TRAPS = frozenset({
    "boundary-does-not-limit-grant-to-everyone",
    "boundary-does-not-limit-session-grant",
    "boundary-does-not-limit-user-grant",
    "boundary-limits-role-grant",
    "date-numbers-are-epoch-seconds",
    "forallvalues-holds-without-the-key",
    "inverted-operator-with-unresolvable-variable-matches",
    "ipaddress-zero-is-every-v4",
    "key-policy-must-delegate",
    "no-version-is-2008",
    "notresource-with-unresolved-variable-applies",
    "rcp-full-access-is-implicit",
    "rcp-only-supported-services",
    "rcp-spares-aws-managed-keys",
    "rcp-spares-management-account",
    "rcp-spares-service-linked-roles",
    "scp-does-not-bind-management-account",
    "scp-does-not-bind-service-linked-roles",
    "scp-does-not-bind-services",
    "scp-every-unit-must-allow",
    "session-policy-does-not-limit-session-grant",
    "session-policy-limits-role-grant",
    "trust-policy-must-delegate",
    "version-2008-has-no-variables",
    "wildcard-resource-type",
})
