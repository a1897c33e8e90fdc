"""Requests that may be repeated: the same ClientToken gives the same resource.

Source: EC2 API reference, "Ensuring idempotency".
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from landbridge.aws.errors import ApiError
from landbridge.services.context import Context
from landbridge.store.tables.vpc import ClientToken


def earlier(ctx: Context, operation: str, request: Mapping[str, Any]) -> str | None:
    """Find the id of what an earlier request with this token created."""
    token = request.get("ClientToken")
    known = ctx.session.get(ClientToken, (operation, token)) if token else None
    if known is None:
        return None
    if known.request_digest != _digest(request):
        raise ApiError(
            "The request uses the same client token as a previous, but non-identical request.",
            code="IdempotentParameterMismatch",
        )
    return known.resource_id


def remember(ctx: Context, operation: str, request: Mapping[str, Any], resource_id: str) -> None:
    """Note what a request with a token created."""
    if token := request.get("ClientToken"):
        ctx.session.add(
            ClientToken(
                operation=operation,
                token=token,
                request_digest=_digest(request),
                resource_id=resource_id,
                created_at=ctx.now,
            )
        )


def _digest(request: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
