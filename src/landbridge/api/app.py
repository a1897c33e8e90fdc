"""The HTTP application: each request goes down the list in `handle`, step by step."""

import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from landbridge import clock
from landbridge.api.dispatch import Dispatcher
from landbridge.auth.sigv4 import Caller, HttpRequest, verify
from landbridge.aws.errors import (
    ApiError,
    InternalError,
    InvalidAction,
    MissingParameter,
    RequestTooLarge,
    UnsupportedOperation,
)
from landbridge.aws.models import operation_model
from landbridge.aws.protocols import ec2_answer, ec2_request

log = logging.getLogger(__name__)
MAX_BODY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What the application needs besides a request."""

    dispatcher: Dispatcher
    secret_of: Callable[[str], str | None]
    "The secret of an access key, None if there is no such key."
    clock: Callable[[], datetime] = clock.now


def create_app(api: Api) -> Starlette:
    """Make the ASGI application."""

    async def endpoint(request: Request) -> Response:
        return await handle(api, request)

    return Starlette(
        routes=[
            Route("/health", health, methods=["GET"]),
            Route("/", endpoint, methods=["GET", "POST"]),
        ]
    )


async def health(_: Request) -> Response:
    """Say that the api answers; needs no signature."""
    return Response(json.dumps({"status": "ok"}), media_type="application/json")


async def handle(api: Api, request: Request) -> Response:
    """Answer one API request."""
    request_id = str(uuid.uuid4())
    now = api.clock()
    try:
        http = await _read(request)
        caller = verify(http, api.secret_of, region=api.dispatcher.region, now=now)
        content = await run_in_threadpool(_answer, api, caller, http, request_id, now)
        status = 200
    except ApiError as refusal:
        content, status = ec2_answer.error(refusal, request_id), refusal.status
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception:
        # The traceback names no request values: they may be pre-shared keys.
        log.exception("request %s failed", request_id)
        content, status = ec2_answer.error(InternalError(), request_id), InternalError.status
    return Response(
        content,
        status_code=status,
        headers={"x-amzn-requestid": request_id, "content-type": ec2_answer.CONTENT_TYPE},
    )


async def _read(request: Request) -> HttpRequest:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise RequestTooLarge(f"The request is larger than {MAX_BODY_BYTES} bytes")
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    query = ec2_request.parse_form(request.scope["query_string"])
    return HttpRequest(
        method=request.method,
        path=request.scope["raw_path"].decode("ascii", "replace"),
        query=list(query.items()),
        headers=headers,
        body=bytes(body),
    )


def _answer(api: Api, caller: Caller, http: HttpRequest, request_id: str, now: datetime) -> bytes:
    if caller.service != "ec2":
        raise UnsupportedOperation(f"The service {caller.service} is not supported.")
    form = _form(http)
    action = form.pop("Action", None)
    if not action:
        raise MissingParameter("Action")
    form.pop("Version", None)
    model = operation_model(caller.service, action)
    if model is None:
        raise InvalidAction(action)
    parsed: dict[str, Any] = ec2_request.parse_request(model, form)
    return ec2_answer.answer(
        model, api.dispatcher.run(caller.service, action, parsed, now), request_id
    )


def _form(http: HttpRequest) -> dict[str, str]:
    """Take the parameters from the body, or from the query of a GET."""
    if http.method == "POST" and http.body:
        return ec2_request.parse_form(http.body)
    return {name: value for name, value in http.query if not name.startswith("X-Amz-")}
