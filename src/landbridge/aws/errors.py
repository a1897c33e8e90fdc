"""The refusals of the API: a class (or a function per kind of resource) that knows its wire code.

    ApiError                        any code
      InvalidParameterValue         a value that is not allowed
      InvalidParameterCombination   values that do not go together
      MissingParameter              something required is absent
      UnknownParameter              something nobody asked for
      MalformedQueryString          a form that cannot be read
      MissingAction, InvalidAction, NoSuchVersion
      UnsupportedOperation          known to EC2, not to us, or not on this resource
      IncorrectState, DependencyViolation
      DryRunOperation               it would have succeeded
      RequestEntityTooLarge, Unavailable, InternalError
    not_found, malformed_id, limit_exceeded make an ApiError with the code of a resource family

What is wrong with a signature is `landbridge.auth.sigv4.Refused`. Source of codes: Amazon EC2
API reference, "Error codes". An exception here is named as its code is on the wire.
"""

import re

_LONGEST_SHOWN = 200
"Characters of a customer's value that a message repeats."
_LEADING_CAPITALS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]")


def wire_name(parameter: str) -> str:
    """Write a parameter's name as EC2's messages do: `VpnGatewayId` is vpnGatewayId."""
    return ".".join(
        _LEADING_CAPITALS.sub(lambda capitals: capitals[0].lower(), part, count=1)
        if part[:1].isupper()
        else part
        for part in parameter.split(".")
    )


def shown(value: object) -> str:
    """Write a customer's value for a message; a long one is cut."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


class ApiError(Exception):
    """A refusal that the customer is told, with its wire code and HTTP status.

    A code that belongs to one family of resources is given where it is raised:
    `ApiError("...", code="RouteLimitExceeded")`.
    """

    code = "InvalidParameterValue"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status


class InvalidParameterValue(ApiError):
    """A value that a parameter does not take; `allowed` says what it does take.

    `message` stands for the whole text where EC2 words it in its own way.
    """

    def __init__(
        self,
        name: str,
        value: object,
        *,
        allowed: str | None = None,
        message: str | None = None,
    ) -> None:
        text = f"Value ({shown(value)}) for parameter {wire_name(name)} is invalid."
        if allowed:
            text += f" Allowed is {allowed}."
        super().__init__(message or text)


class InvalidParameterCombination(ApiError):
    """Parameters that do not go together."""

    code = "InvalidParameterCombination"


class MissingParameter(ApiError):
    """A required parameter is absent."""

    code = "MissingParameter"

    def __init__(self, name: str) -> None:
        super().__init__(f"The request must contain the parameter {wire_name(name)}")


class UnknownParameter(ApiError):
    """A parameter that the operation does not have; `name` as the customer wrote it."""

    code = "UnknownParameter"

    def __init__(self, name: str) -> None:
        super().__init__(f"The parameter {shown(name)} is not recognized")


class MalformedQueryString(ApiError):
    """A form that cannot be read, or contradicts itself."""

    code = "MalformedQueryString"


class MissingAction(ApiError):
    """A form that asks for nothing."""

    code = "MissingAction"

    def __init__(self) -> None:
        super().__init__("The request must contain the parameter Action")


class InvalidAction(ApiError):
    """An operation that EC2 does not have."""

    code = "InvalidAction"

    def __init__(self, action: str) -> None:
        super().__init__(f"The action {shown(action)} is not valid for this web service.")


class NoSuchVersion(ApiError):
    """A version of the API that is not served."""

    code = "NoSuchVersion"

    def __init__(self, version: str, *, served: str) -> None:
        super().__init__(
            f"The requested version ({shown(version)}) does not exist; this is {served}."
        )


class UnsupportedOperation(ApiError):
    """What EC2 has and we have not, or what this resource does not do."""

    code = "UnsupportedOperation"


class IncorrectState(ApiError):
    """A resource is not in a state in which it can do that."""

    code = "IncorrectState"


class DependencyViolation(ApiError):
    """Something still uses the resource."""

    code = "DependencyViolation"


class DryRunOperation(ApiError):
    """The request is right and was not carried out, as the customer wished."""

    code = "DryRunOperation"
    status = 412

    def __init__(self) -> None:
        super().__init__("Request would have succeeded, but DryRun flag is set.")


class RequestEntityTooLarge(ApiError):
    """More bytes than a request may have."""

    code = "RequestEntityTooLarge"
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"A request has at most {limit} bytes.")


class Unavailable(ApiError):
    """It cannot be done at the moment; clients try again. `reason` is a sentence."""

    code = "Unavailable"
    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__(f"The request cannot be carried out at the moment. {reason}")


class InternalError(ApiError):
    """Our mistake; the log has it under the request's id."""

    code = "InternalError"
    status = 500

    def __init__(self) -> None:
        super().__init__("An internal error has occurred")


def not_found(code: str, kind: str, resource_id: str) -> ApiError:
    """Say that a resource does not exist.

    `not_found("InvalidVpnConnectionID.NotFound", "vpnConnection", id)`
    """
    return ApiError(f"The {kind} ID '{shown(resource_id)}' does not exist", code=code)


def malformed_id(code: str, resource_id: str, prefix: str) -> ApiError:
    """Say that an id is not of its kind's form.

    `malformed_id("InvalidVpnConnectionID.Malformed", "x", "vpn")`
    """
    return ApiError(f'Invalid id: "{shown(resource_id)}" (expecting "{prefix}-...")', code=code)


def limit_exceeded(code: str, plural: str) -> ApiError:
    """Say that there can be no more of a kind.

    `limit_exceeded("VpnConnectionLimitExceeded", "VPN connections")`
    """
    return ApiError(f"The maximum number of {plural} has been reached.", code=code)
