"""What is wrong with a request. Untrusted."""


class RequestError(Exception):
    """A request is not one that can be decided. The message says what was found and expected."""


class OverlayError(Exception):
    """The policies of a request do not fit it. The message says what was found and expected."""
