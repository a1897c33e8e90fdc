"""IPv4 CIDR blocks in requests."""

from ipaddress import IPv4Address, IPv4Network

from landbridge.aws.errors import InvalidParameterValue


def network(name: str, text: str) -> IPv4Network:
    """Read a block; one with host bits is refused."""
    try:
        if "/" not in text:
            raise ValueError(text)
        return IPv4Network(text)
    except ValueError as error:
        raise InvalidParameterValue(
            name, text, allowed="an IPv4 CIDR block such as 10.0.0.0/16, without host bits"
        ) from error


def address(name: str, text: str) -> IPv4Address:
    """Read an address."""
    try:
        return IPv4Address(text)
    except ValueError as error:
        raise InvalidParameterValue(name, text, allowed="an IPv4 address") from error
