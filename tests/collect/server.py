"""moto as a server of its own, in a process of its own: `python -m collect.server` prints its port, and ends with stdin.

moto is plumbing, not truth: what it answers tells nothing of AWS but the forms.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Generator

HOST = "127.0.0.1"


@contextmanager
def moto() -> Generator[str, None, None]:
    """The address of a server that is there as long as the block."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port.isdigit(), "moto's server did not start: it needs moto[server]"
        try:
            yield f"http://{HOST}:{port}"
        finally:
            process.kill()


def reset(address: str) -> None:
    """Empty every account."""
    with urlopen(Request(f"{address}/moto-api/reset", method="POST")) as answer:  # noqa: S310  loopback
        assert answer.status == 200


def environment(address: str, proxy: str = "", **others: str) -> dict[str, str]:
    """What makes boto3 talk to a server, with keys that are nobody's.

    The names of hosts of S3 Control begin with the account, so that only a proxy leads from them to the server.
    """
    through = {"HTTP_PROXY": proxy, "NO_PROXY": "", "AWS_ENDPOINT_URL_S3_CONTROL": "http://s3-control.amazonaws.com"}
    return {
        **(through if proxy else {}),
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_MAX_ATTEMPTS": "2",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        **others,
    }


def serve() -> None:
    """Serve until stdin ends."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(HOST, 0, verbose=False)
    server.start()
    sys.stdout.write(f"{server.get_host_and_port()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    serve()
