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
      RequestEntityTooLarge, InternalError
    not_found, malformed, limit_exceeded   make an ApiError with the code of a resource family

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
    """A refusal that the customer is told: any code, a message and an HTTP status."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


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
        super().__init__("InvalidParameterValue", message or text)


class InvalidParameterCombination(ApiError):
    """Parameters that do not go together."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterCombination", message)


class MissingParameter(ApiError):
    """A required parameter is absent."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "MissingParameter", f"The request must contain the parameter {wire_name(name)}"
        )


class UnknownParameter(ApiError):
    """A parameter that the operation does not have; `name` as the customer wrote it."""

    def __init__(self, name: str) -> None:
        super().__init__("UnknownParameter", f"The parameter {shown(name)} is not recognized")


class MalformedQueryString(ApiError):
    """A form that cannot be read, or contradicts itself."""

    def __init__(self, message: str) -> None:
        super().__init__("MalformedQueryString", message)


class MissingAction(ApiError):
    """A form that asks for nothing."""

    def __init__(self) -> None:
        super().__init__("MissingAction", "The request must contain the parameter Action")


class InvalidAction(ApiError):
    """An operation that EC2 does not have."""

    def __init__(self, action: str) -> None:
        super().__init__(
            "InvalidAction", f"The action {shown(action)} is not valid for this web service."
        )


class NoSuchVersion(ApiError):
    """A version of the API that is not served."""

    def __init__(self, version: str, *, served: str) -> None:
        super().__init__(
            "NoSuchVersion",
            f"The requested version ({shown(version)}) does not exist; this is {served}.",
        )


class UnsupportedOperation(ApiError):
    """What EC2 has and we have not, or what this resource does not do."""

    def __init__(self, message: str) -> None:
        super().__init__("UnsupportedOperation", message)


class IncorrectState(ApiError):
    """A resource is not in a state in which it can do that."""

    def __init__(self, message: str) -> None:
        super().__init__("IncorrectState", message)


class DependencyViolation(ApiError):
    """Something still uses the resource."""

    def __init__(self, message: str) -> None:
        super().__init__("DependencyViolation", message)


class DryRunOperation(ApiError):
    """The request is right and was not carried out, as the customer wished."""

    def __init__(self) -> None:
        super().__init__(
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
            status=412,
        )


class RequestEntityTooLarge(ApiError):
    """More bytes than a request may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            "RequestEntityTooLarge", f"A request has at most {limit} bytes.", status=413
        )


class InternalError(ApiError):
    """Our mistake; the log has it under the request's id."""

    def __init__(self) -> None:
        super().__init__("InternalError", "An internal error has occurred", status=500)


def not_found(code: str, kind: str, resource_id: str) -> ApiError:
    """Say that a resource does not exist.

    `not_found("InvalidVpnConnectionID.NotFound", "vpnConnection", id)`
    """
    return ApiError(code, f"The {kind} ID '{shown(resource_id)}' does not exist")


def malformed(code: str, resource_id: str, *, prefix: str) -> ApiError:
    """Say that an id is not of its kind's form.

    `malformed("InvalidVpnConnectionID.Malformed", "x", prefix="vpn")`
    """
    return ApiError(code, f'Invalid id: "{shown(resource_id)}" (expecting "{prefix}-...")')


def limit_exceeded(code: str, plural: str) -> ApiError:
    """Say that there can be no more of a kind.

    `limit_exceeded("VpnConnectionLimitExceeded", "VPN connections")`
    """
    return ApiError(code, f"The maximum number of {plural} has been reached.")
