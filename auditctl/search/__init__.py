"""The certifying search: untrusted, so it may be as clever as it likes."""
