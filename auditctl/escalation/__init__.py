"""The known steps of privilege escalation, as data: `steps.yaml`. Untrusted; a control carries those that it names."""
