"""IPv4 CIDR blocks in requests."""

import re
from ipaddress import IPv4Address, IPv4Network

from landbridge.aws.errors import InvalidParameterValue

_FORM = re.compile(r"[0-9.]{7,15}/[0-9]{1,2}")


def network(name: str, text: str) -> IPv4Network:
    """Read a block; one with host bits is refused."""
    try:
        return _read(text, strict=True)
    except ValueError as error:
        raise InvalidParameterValue(
            name, text, allowed="an IPv4 CIDR block such as 10.0.0.0/16, without host bits"
        ) from error


def canonical(name: str, text: str) -> IPv4Network:
    """Read a block and clear its host bits: 100.68.0.18/18 is 100.68.0.0/18, as EC2 does."""
    try:
        return _read(text, strict=False)
    except ValueError as error:
        raise InvalidParameterValue(
            name, text, allowed="an IPv4 CIDR block such as 10.0.0.0/16"
        ) from error


def permitted(text: str) -> IPv4Network:
    """Read the block of a security group's rule, as `canonical`, with EC2's words."""
    try:
        return _read(text, strict=False)
    except ValueError as error:
        raise InvalidParameterValue(
            "CidrIp", text, message=f"CIDR block {text} is malformed"
        ) from error


def address(name: str, text: str) -> IPv4Address:
    """Read an address."""
    try:
        return IPv4Address(text)
    except ValueError as error:
        raise InvalidParameterValue(name, text, allowed="an IPv4 address") from error


def _read(text: str, *, strict: bool) -> IPv4Network:
    if not _FORM.fullmatch(text):
        raise ValueError(text)
    return IPv4Network(text, strict=strict)
