"""A tiny export and a control, for `auditctl demo`: one claim that holds, one violated, one inconclusive."""
