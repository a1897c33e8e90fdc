"""The HTTP application: a request goes down the list in `_answer`, step by step.

    read (event loop) -> [verify -> form -> operation -> parse -> dispatch] (a thread)

Whatever goes wrong on the way becomes an error document here and nowhere else.
"""

import logging
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from botocore.model import OperationModel
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from landbridge import clock
from landbridge.api.dispatch import Dispatcher
from landbridge.auth.claim import QUERY_PARAMETERS
from landbridge.auth.sigv4 import Caller, Refused, RequestParts, verify
from landbridge.aws import models
from landbridge.aws.errors import (
    ApiError,
    InternalError,
    InvalidAction,
    MissingAction,
    RequestEntityTooLarge,
    Unavailable,
)
from landbridge.aws.protocols import ec2, forms
from landbridge.store.engine import StoreUnavailableError

log = logging.getLogger(__name__)

MAX_BYTES = 1 << 20
"Of a request's body, and of its query."
MAX_DISCARDED_BYTES = 16 << 20
"Of a body that is too large: read to its end, so that its sender comes to read the refusal."
SERVICES = ("ec2",)
"What a credential may be scoped to."


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
        return await _handle(api, request)

    return Starlette(
        routes=[
            Route("/health", _health, methods=["GET"]),
            Route("/", endpoint, methods=["GET", "POST"]),
        ]
    )


async def _health(_: Request) -> Response:
    """Say that the api answers; needs no signature."""
    return JSONResponse({"status": "ok"})


async def _handle(api: Api, request: Request) -> Response:
    request_id = str(uuid.uuid4())
    try:
        parts = await _read(request)
        content = await run_in_threadpool(_answer, api, parts, request_id, api.clock())
    except ClientDisconnect:
        return Response(status_code=400)
    except (ApiError, Refused) as refusal:
        log.info("request %s: refused, %s", request_id, refusal.code)
        return _refusal(refusal, request_id)
    except StoreUnavailableError as trouble:
        log.error("request %s: %s", request_id, trouble)
        return _refusal(Unavailable(str(trouble)), request_id)
    except Exception as error:  # noqa: BLE001 (the last resort: the customer gets an answer)
        log.error("request %s: %s", request_id, _trace(error))
        return _refusal(InternalError(), request_id)
    return _response(content, 200, request_id)


def _answer(api: Api, parts: RequestParts, request_id: str, now: datetime) -> bytes:
    """Answer a request that has been read: the pipeline."""
    caller = verify(
        parts,
        secret_of=api.secret_of,
        now=now,
        region=api.dispatcher.region,
        services=SERVICES,
    )
    form = _form(parts)
    operation = _operation(caller, form)
    request = ec2.parse(operation, form)
    log.info("request %s: %s by %s", request_id, operation.name, caller.access_key)
    content: bytes = api.dispatcher.run(
        caller.service,
        operation.name,
        request,
        now,
        serialise=partial(ec2.serialise, operation, request_id=request_id),
    )
    return content


async def _read(request: Request) -> RequestParts:
    """Take the request off the wire, within limits."""
    query: bytes = request.scope["query_string"]
    if len(query) > MAX_BYTES:
        raise RequestEntityTooLarge(MAX_BYTES)
    return RequestParts(
        method=request.method,
        path=request.scope["raw_path"].decode("latin-1"),
        query=query.decode("latin-1"),
        headers=[(name.decode("latin-1"), v.decode("latin-1")) for name, v in request.headers.raw],
        body=await _body(request),
        secure=request.url.scheme == "https",
    )


async def _body(request: Request) -> bytes:
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BYTES:
            body += chunk
        elif size > MAX_DISCARDED_BYTES:
            break
    if size > MAX_BYTES:
        raise RequestEntityTooLarge(MAX_BYTES)
    return bytes(body)


def _form(parts: RequestParts) -> list[forms.Pair]:
    """Take the parameters from the query and the body, without those of the signature."""
    query = forms.read(parts.query.encode("latin-1"))
    return [
        *((name, value) for name, value in query if name not in QUERY_PARAMETERS),
        *forms.read(parts.body),
    ]


def _operation(caller: Caller, form: list[forms.Pair]) -> OperationModel:
    action = ec2.action(form)
    if action is None:
        raise MissingAction
    operation = models.operation_model(caller.service, action)
    if operation is None:
        raise InvalidAction(action)
    return operation


def _refusal(refusal: ApiError | Refused, request_id: str) -> Response:
    content = ec2.serialise_error(refusal.code, refusal.message, request_id)
    return _response(content, refusal.status, request_id)


def _response(content: bytes, status: int, request_id: str) -> Response:
    names = ("x-amzn-requestid", "x-amz-request-id")
    headers = {"content-type": ec2.CONTENT_TYPE, **dict.fromkeys(names, request_id)}
    return Response(content, status_code=status, headers=headers)


def _trace(error: BaseException) -> str:
    """Tell what broke and where, but no message of an exception: it may repeat a secret."""
    links = []
    link: BaseException | None = error
    while link is not None:
        frames = "".join(traceback.format_tb(link.__traceback__))
        links.append(f"{type(link).__qualname__}\n{frames}")
        link = link.__cause__ or link.__context__
    return "after ".join(links)
