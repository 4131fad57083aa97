"""One call of AWS as the AWS CLI prints it: pages joined, no metadata, times as text, secrets cut out.

What went wrong is a `Failure` with AWS's code, or `Stopped` where no other call would do better: credentials.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from time import sleep
from typing import Any

from auditctl.collect.cuts import cut
from auditctl.collect.errors import MAX_MESSAGE, Failure, failure_of
from auditctl.collect.operation import Pages, Task

Json = dict[str, Any]
PAUSE, MAX_PAUSE = 0.2, 20.0  # seconds before a broken answer is asked for again
_NOT_PRINTED = ("ResponseMetadata", "KeyCount", "MaxKeys")


class Broken(Exception):
    """An answer that is not whole, although AWS said that all is well."""


def check_whole(response_dict: Mapping[str, Any], operation_model: Any, **_: object) -> None:  # noqa: ANN401  untyped
    """Refuse an answer that is cut off. botocore calls this before it reads one; it would take it for an empty one."""
    body, headers = response_dict["body"], response_dict["headers"]
    if not isinstance(body, bytes) or operation_model.http.get("method") == "HEAD":
        return
    length = headers.get("content-length")
    if length is not None and "content-encoding" not in headers and len(body) != int(length):
        raise Broken(f"{len(body)} of {length} bytes")
    speaks_json = operation_model.service_model.resolved_protocol in ("json", "rest-json")
    if speaks_json and body and not body.lstrip().startswith(b"{"):
        raise Broken("not JSON")


def ask(client: Any, task: Task, most: int) -> Json:  # noqa: ANN401  boto3 makes its clients at run time
    """The answer of a call. Lists of objects end at `most`, with a token. Raises `Failure` and `Stopped`."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    last = client.meta.config.retries["total_max_attempts"] - 1
    for attempt in count():
        try:
            answer = _merged(client, task, most)
        except (Broken, ResponseParserError) as error:
            # botocore asks again after every other error that may pass.
            if attempt >= last:
                code = "BrokenAnswer" if isinstance(error, Broken) else type(error).__name__
                raise Failure(code, str(error)[:MAX_MESSAGE]) from error
            sleep(min(PAUSE * 2**attempt, MAX_PAUSE))
        except (BotoCoreError, ClientError) as error:
            raise failure_of(error) from error
        else:
            cut(task.operation.id, answer)
            return answer
    raise AssertionError  # count() has no end


def text_of(answer: Mapping[str, Any]) -> bytes:
    """An answer as the AWS CLI prints it (its text output of times and of bytes as well); times are in UTC."""
    return (json.dumps(answer, indent=4, ensure_ascii=False, default=_plain) + "\n").encode()


def _plain(value: object) -> str:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case bytes() | bytearray():
            return b64encode(value).decode()
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON")


def _merged(client: Any, task: Task, most: int) -> Json:  # noqa: ANN401  as above
    pages = task.operation.pages
    method = getattr(client, task.operation.method)
    if pages is None:
        return _without(method(**task.arguments), ())
    if client.can_paginate(task.operation.method):
        return _of_paginator(client, task, pages, most)
    return _of_tokens(method, task, pages)


def _of_paginator(client: Any, task: Task, pages: Pages, most: int) -> Json:  # noqa: ANN401  as above
    paginator = client.get_paginator(task.operation.method)
    setting = {"PageSize": pages.size} if pages.size else {}
    setting |= {"MaxItems": most} if task.operation.id == "s3/list-objects-v2" else {}
    found = paginator.paginate(**task.arguments, PaginationConfig=setting)
    merged = _joined(found, [str(key.expression) for key in found.result_keys])
    pagination = paginator._pagination_cfg  # noqa: SLF001  the names of its tokens are told nowhere else
    tokens = [*_words(pagination["output_token"]), *_words(pagination["input_token"])]
    answer = _without(merged, [*tokens, *_words(pagination.get("more_results", []))])
    if found.resume_token is not None:
        answer["NextToken"] = found.resume_token
    return answer


def _words(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _of_tokens(method: Any, task: Task, pages: Pages) -> Json:  # noqa: ANN401  as above
    """Pages of an operation without a paginator."""

    def read() -> Iterator[Json]:
        more: Json = {}
        seen = set()
        while True:
            page = method(**task.arguments, **more)
            yield page
            token = page.get(pages.after)
            if not token:
                return
            if token in seen:
                raise Failure("RepeatedToken", f"{task.operation.id} answers with the same {pages.after} again")
            seen.add(token)
            more = {pages.token: token}

    return _without(_joined(read(), [pages.rows]), [pages.after])


def _joined(pages: Iterator[Json], lists: list[str]) -> Json:
    """The pages as one: lists are joined, of other members the last page's counts."""
    merged: Json = {}
    for page in pages:
        for name, value in page.items():
            if name in lists and name in merged:
                merged[name] += value or []
            else:
                merged[name] = value
    return merged


def _without(answer: Json, names: list[str] | tuple[()]) -> Json:
    return {k: v for k, v in answer.items() if k not in (*_NOT_PRINTED, *names)}
