"""Credentials and clients: the accounts that are collected, and how each is reached."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from auditctl import __version__
from auditctl.collect.answers import check_whole
from auditctl.collect.errors import Failure, Stopped, failure_of

# Where the global services of a partition are asked, and what is asked where no region is configured.
MAIN_REGIONS: Mapping[str, str] = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
ATTEMPTS = 8  # of one call, unless AWS_MAX_ATTEMPTS or the profile says otherwise; waits double up to 20 seconds
CLIENTS = 200  # kept at once: each has its own model of its service, about a megabyte
SESSION_NAME = "auditctl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Credentials, and whose they are."""

    session: Any
    account: str
    partition: str

    @property
    def main_region(self) -> str:
        """Where global services are asked."""
        return MAIN_REGIONS.get(self.partition) or self.session.get_config_variable("region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account to collect. `role` is the ARN to assume from the login, empty where the login is the account's."""

    id: str
    name: str
    login: Login
    role: str = ""
    external_id: str = ""

    @property
    def partition(self) -> str:
        """The partition, which no role leads out of."""
        return self.login.partition


def sign_in(profile: str | None) -> Login:
    """The credentials of a profile, or those of the environment. Raises `Stopped`."""
    session = _new_session(profile)
    found = _call(session, "get_caller_identity", {})
    return Login(session=session, account=found["Account"], partition=found["Arn"].split(":")[1])


def _new_session(profile: str | None = None) -> Any:  # noqa: ANN401  botocore is untyped
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    session = Session(profile=profile)
    session.register_component("data_loader", _loader())
    try:
        session.get_scoped_config()
    except BotoCoreError as error:
        raise Stopped(f"profile {profile}: {error}; `aws configure list-profiles` names those that there are") from None
    return session


@cache
def _loader() -> Any:  # noqa: ANN401  botocore is untyped
    """The models of the services, read once for all sessions."""
    from botocore.loaders import create_loader

    return create_loader()


def _call(session: Any, operation: str, arguments: Mapping[str, str]) -> Any:  # noqa: ANN401  botocore is untyped
    """A call of AWS STS. Raises `Stopped`."""
    from botocore.exceptions import BotoCoreError, ClientError

    region = session.get_config_variable("region") or MAIN_REGIONS["aws"]
    try:
        return getattr(session.create_client("sts", region_name=region), operation)(**arguments)
    except (BotoCoreError, ClientError) as error:
        found = failure_of(error)
        if isinstance(found, Stopped):
            raise found from None
        raise Stopped(f"AWS does not say whose the credentials are: {found}") from None


def open_session(account: Account) -> Any:  # noqa: ANN401  botocore is untyped
    """The session of an account. A role's credentials are renewed as long as the login's last. Raises `Failure`."""
    if not account.role:
        return account.login.session
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.exceptions import BotoCoreError, ClientError

    base = account.login.session
    region = base.get_config_variable("region") or account.login.main_region
    extra = {"RoleSessionName": SESSION_NAME}
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda service, **given: base.create_client(service, **{"region_name": region, **given}),
        source_credentials=base.get_credentials(),
        role_arn=account.role,
        extra_args={**extra, **({"ExternalId": account.external_id} if account.external_id else {})},
    )
    session = _new_session()
    session._credentials = DeferredRefreshableCredentials(  # noqa: SLF001  as botocore's own providers do
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
    try:
        session.get_credentials().get_frozen_credentials()
    except (BotoCoreError, ClientError) as error:
        found = failure_of(error)
        raise Failure(found.code, f"{account.role}: {found.message}") if isinstance(found, Failure) else found from None
    return session


class Clients:
    """The clients of one account. They may be shared by threads; making them may not."""

    def __init__(self, session: Any, workers: int) -> None:  # noqa: ANN401  botocore is untyped
        from botocore.config import Config

        self._session = session
        self._lock = Lock()
        self._made: OrderedDict[tuple[str, str], Any] = OrderedDict()
        attempts = int(session.get_config_variable("max_attempts") or ATTEMPTS)
        self._config, self._once = (
            Config(
                retries={"mode": "adaptive", "total_max_attempts": number},
                max_pool_connections=workers,
                connect_timeout=10,
                read_timeout=60,
                user_agent_extra=f"auditctl/{__version__}",
            )
            for number in (attempts, 1)
        )

    def get(self, service: str, region: str) -> Any:  # noqa: ANN401  botocore is untyped
        """The client of a service in a region. Where botocore knows no such endpoint, it asks once."""
        with self._lock:
            found = self._made.pop((service, region), None)
            if found is None:
                config = self._config if self._is_known(service, region) else self._once
                found = self._session.create_client(service, region_name=region, config=config)
                found.meta.events.register("before-parse", check_whole)
            self._made[service, region] = found
            if len(self._made) > CLIENTS:
                self._made.popitem(last=False)
            return found

    def _is_known(self, service: str, region: str) -> bool:
        """Whether botocore knows the service in the region. It knows no region of global ones, and not the newest."""
        from botocore.exceptions import UnknownRegionError

        try:
            partition = self._session.get_partition_for_region(region)
        except UnknownRegionError:
            return True
        known = self._session.get_available_regions(service, partition)
        return not known or region in known
