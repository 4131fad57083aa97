"""What goes wrong in a collection, and what follows from it."""

from checkers.verdict import Unreadable

# Nothing else would be answered either: the credentials have expired, or there are none.
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_CREDENTIALS = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "RefreshWithMFAUnsupportedError",
    "UnauthorizedSSOTokenError",
    "SSOTokenLoadError",
    "TokenRetrievalError",
    "LoginTokenLoadError",
)
MAX_MESSAGE = 500


class Stopped(Unreadable):
    """The collection cannot go on; what was written stays. Says what to do."""


class Failure(Exception):
    """A call without a value: AWS's error code, or the name of what went wrong on the way, and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def failure_of(error: Exception) -> Failure | Stopped:
    """What an error of botocore says."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        told = response["Error"]
        code = str(told.get("Code") or response.get("ResponseMetadata", {}).get("HTTPStatusCode") or "Unknown")
        message = str(told.get("Message") or "")
    else:
        code, message = type(error).__name__, str(error)
    if code in _EXPIRED:
        return Stopped(f"the credentials have expired ({code}); renew them and go on with --resume")
    if any(kind.__name__ in _CREDENTIALS for kind in type(error).__mro__):
        return Stopped(f"no credentials: {_line(message)}; sign in, or name a --profile, and go on with --resume")
    return Failure(code, _line(message))


def _line(text: str) -> str:
    return " ".join(text.split())[:MAX_MESSAGE]
