"""What stands before moto in some tests: a guard of permissions, or one who drops conditions.

moto can hold users to IAM policies, but such a policy cannot forbid to overwrite, and moto does not say
"forbidden" of what is not there to whoever may not list, as S3 does. This guard does, by access key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from tests.s3.servers import App

READER = "reader"
"""This access key may read and list."""

ADDER = "adder"
"""This one may also write what is not there yet, and delete nothing."""

BLIND = "blind"
"""This one may read and write single objects, and list nothing."""

_REFUSAL = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>0</RequestId></Error>"
)


def guarded(app: App) -> App:
    """Let each key do what it may."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if _may(app, environ):
            return app(environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else _REFUSAL
        start_response(
            "403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
        )
        return [body]

    return serve


def _may(app: App, environ: dict[str, Any]) -> bool:
    signed = environ.get("HTTP_AUTHORIZATION") or unquote(environ["QUERY_STRING"])
    who = signed.partition("Credential=")[2].partition("/")[0]
    method = environ["REQUEST_METHOD"]
    is_object = environ["PATH_INFO"].strip("/").count("/") > 0
    if who == READER:
        return method in ("GET", "HEAD")
    if who == ADDER:
        if (
            method == "PUT"
            and "HTTP_IF_NONE_MATCH" not in environ
            and "partNumber" not in environ["QUERY_STRING"]
        ):
            return not _is_there(app, environ)
        return method != "DELETE"
    if who == BLIND:
        if not is_object or method == "DELETE":
            return False
        return method not in ("GET", "HEAD") or _is_there(app, environ)
    return True


def _is_there(app: App, environ: dict[str, Any]) -> bool:
    seen: list[str] = []
    question = {**environ, "REQUEST_METHOD": "HEAD", "CONTENT_LENGTH": "0", "QUERY_STRING": ""}
    question.pop("HTTP_RANGE", None)
    list(app(question, lambda status, *_: seen.append(status)))
    return seen[0].startswith("200")


def without_conditions(app: App) -> App:
    """Take If-None-Match and If-Match out of each request, as a server that does not know them."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        for header in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"):
            environ.pop(header, None)
        return app(environ, start_response)

    return serve
