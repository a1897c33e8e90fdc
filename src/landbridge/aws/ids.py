"""Resource ids: a prefix that tells the type, a hyphen and 17 hexadecimal digits.

Ids of eight digits, which EC2 gave until 2016, are well-formed too.
"""

import re
import secrets
from collections.abc import Callable

_DIGITS = re.compile(r"[0-9a-f]{8}|[0-9a-f]{17}")
_NEW_DIGITS = 17

RESOURCE_TYPES = {
    "acl": "network-acl",
    "aclassoc": "network-acl-association",
    "ami": "image",
    "cgw": "customer-gateway",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "nat": "natgateway",
    "pl": "prefix-list",
    "rtb": "route-table",
    "rtbassoc": "route-table-association",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "tgw-attach": "transit-gateway-attachment",
    "tgw-connect-peer": "transit-gateway-connect-peer",
    "tgw-rtb": "transit-gateway-route-table",
    "vcn": "vpn-concentrator",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpn": "vpn-connection",
}
"Prefix of an id to the resource type by which EC2 tags, filters and counts."


def new_id(prefix: str, *, random_bits: Callable[[int], int] = secrets.randbits) -> str:
    """Make an id; `random_bits` gives an integer of that many random bits."""
    return f"{prefix}-{random_bits(_NEW_DIGITS * 4):0{_NEW_DIGITS}x}"


def has_prefix(resource_id: str, prefix: str) -> bool:
    """Tell whether an id has the form of its kind; whether it exists is another question."""
    found_prefix, hyphen, digits = resource_id.rpartition("-")
    return bool(hyphen) and found_prefix == prefix and _DIGITS.fullmatch(digits) is not None


def resource_type(resource_id: str) -> str | None:
    """Tell the type of a resource by its id; None for an id of no type that we know."""
    prefix = resource_id.rpartition("-")[0]
    return RESOURCE_TYPES.get(prefix) if has_prefix(resource_id, prefix) else None
