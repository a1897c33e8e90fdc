"""The permissions in requests for security groups, and how they are shown.

    IpPermissions.1.IpProtocol=tcp            one permission per range and per group of each entry
    IpPermissions.1.FromPort=22 ...ToPort=22
    IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8
    IpPermissions.1.Groups.1.GroupId=sg-...
    IpProtocol=tcp&FromPort=22&ToPort=22&CidrIp=10.0.0.0/8      the same, flat, for one range

Source: EC2 API reference, IpPermission and SecurityGroupRule.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from landbridge.aws.errors import (
    ApiError,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    UnsupportedOperation,
)
from landbridge.services.ec2 import cidrs
from landbridge.services.ec2.resources import without_none
from landbridge.services.registry import Request

ALL = "-1"
"Every protocol, or for ICMP every type or code."
_NAMES = {"1": "icmp", "6": "tcp", "17": "udp"}
"IP protocol numbers that EC2 shows by name."
_ICMPV6 = {"icmpv6", "58"}
_PORTS = range(65536)
_ICMP_NUMBERS = range(-1, 256)
_FLAT = ("IpProtocol", "FromPort", "ToPort", "CidrIp")
_DEFAULT_VPC_ONLY = ("SourceSecurityGroupName", "SourceSecurityGroupOwnerId")
_LONGEST_TEXT = 255
TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*")
TEXT_ALLOWED = (
    f"up to {_LONGEST_TEXT} characters of a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{{}}!$*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What one rule permits; two that differ in their description only are the same."""

    egress: bool
    protocol: str
    "`-1` for all, `tcp`, `udp`, `icmp` or a number."
    from_port: int | None
    "For icmp the type; None where the protocol has no ports."
    to_port: int | None
    cidr: str | None
    group_id: str | None
    "Exactly one of cidr and group_id is set."
    description: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        words = [f"peer: {self.cidr or self.group_id}"]
        words.append("ALL" if self.protocol == ALL else self.protocol.upper())
        if self.from_port is not None:
            words += [f"from port: {self.from_port}", f"to port: {self.to_port}"]
        return ", ".join([*words, "ALLOW"])


def read(request: Request, *, egress: bool, account_id: str, revoking: bool) -> list[Permission]:
    """Read a request's permissions; what cannot exist here is refused, or not found to revoke."""
    for name in _DEFAULT_VPC_ONLY:
        if request.get(name):
            raise UnsupportedOperation(
                f"The parameter {name} is for a default VPC only, use IpPermissions with "
                "UserIdGroupPairs and GroupId."
            )
    permissions = [
        one
        for entry in _entries(request)
        for one in _of_entry(entry, egress=egress, account_id=account_id, revoking=revoking)
    ]
    if len(set(permissions)) < len(permissions):
        raise InvalidParameterValue(
            "IpPermissions", "", message="The same permission must not appear multiple times"
        )
    return permissions


def check_text(name: str, text: str) -> str:
    """Refuse a name or a description with other characters than EC2 takes."""
    if len(text) > _LONGEST_TEXT or not TEXT.fullmatch(text):
        raise InvalidParameterValue(name, text, allowed=TEXT_ALLOWED)
    return text


def shown(permissions: list[Permission], account_id: str) -> list[dict[str, Any]]:
    """Show permissions as EC2 does: those with one protocol and one range of ports together."""
    grouped: dict[tuple[str, int | None, int | None], dict[str, Any]] = {}
    for one in permissions:
        entry = grouped.setdefault(
            (one.protocol, one.from_port, one.to_port),
            without_none(
                {
                    "IpProtocol": one.protocol,
                    "FromPort": one.from_port,
                    "ToPort": one.to_port,
                    "IpRanges": [],
                    "Ipv6Ranges": [],
                    "PrefixListIds": [],
                    "UserIdGroupPairs": [],
                }
            ),
        )
        if one.cidr:
            peer = {"CidrIp": one.cidr, "Description": one.description}
            entry["IpRanges"].append(without_none(peer))
        else:
            pair = {"GroupId": one.group_id, "UserId": account_id, "Description": one.description}
            entry["UserIdGroupPairs"].append(without_none(pair))
    return list(grouped.values())


def _entries(request: Request) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = request.get("IpPermissions") or []
    flat = {name: request[name] for name in _FLAT if request.get(name) is not None}
    if entries and flat:
        raise InvalidParameterCombination(
            f"The parameter ipPermissions must not be used together with {', '.join(flat)}."
        )
    if entries:
        return entries
    if not flat:
        raise MissingParameter("IpPermissions")
    if "CidrIp" not in flat:
        raise MissingParameter("CidrIp")
    return [{**flat, "IpRanges": [{"CidrIp": flat["CidrIp"]}]}]


def _of_entry(
    entry: Mapping[str, Any], *, egress: bool, account_id: str, revoking: bool
) -> Iterator[Permission]:
    protocol = _protocol(entry.get("IpProtocol"))
    from_port, to_port = _ports(protocol, entry.get("FromPort"), entry.get("ToPort"))
    _check_peers(entry, revoking=revoking)
    peers = [
        *((_cidr(one), None, one) for one in entry.get("IpRanges") or ()),
        *((None, _group_id(one, account_id), one) for one in entry.get("UserIdGroupPairs") or ()),
    ]
    for cidr, group_id, peer in peers:
        yield Permission(
            egress=egress,
            protocol=protocol,
            from_port=from_port,
            to_port=to_port,
            cidr=cidr,
            group_id=group_id,
            description=check_text("Description", peer.get("Description") or "") or None,
        )


def _check_peers(entry: Mapping[str, Any], *, revoking: bool) -> None:
    for name in ("Ipv6Ranges", "PrefixListIds"):
        if not entry.get(name):
            continue
        if revoking:
            raise not_found()
        raise UnsupportedOperation(
            f"The parameter IpPermissions.{name} is not supported, use IpRanges or "
            "UserIdGroupPairs."
        )
    if not entry.get("IpRanges") and not entry.get("UserIdGroupPairs"):
        raise InvalidParameterValue(
            "IpPermissions",
            entry.get("IpProtocol"),
            message="Each permission needs one or more of IpRanges and UserIdGroupPairs",
        )


def not_found() -> ApiError:
    """Make the error for a permission that is to be revoked and was never granted."""
    return ApiError(
        "The specified rule does not exist in this security group.",
        code="InvalidPermission.NotFound",
    )


def _protocol(given: str | None) -> str:
    if not given:
        raise MissingParameter("IpProtocol")
    name = given.lower()
    name = _NAMES.get(name, name)
    if name in {ALL, *_NAMES.values()}:
        return name
    if name in _ICMPV6:
        raise UnsupportedOperation("The protocol icmpv6 is not supported: VPCs have IPv4 only.")
    if name.isascii() and name.isdigit() and len(name) <= 3 and int(name) <= 255:
        return str(int(name))
    raise InvalidParameterValue(
        "IpProtocol",
        given,
        message=f"Invalid value '{given}' for IP protocol. Unknown protocol. Allowed are -1, "
        "tcp, udp, icmp and the numbers 0 to 255.",
    )


def _ports(protocol: str, first: int | None, last: int | None) -> tuple[int | None, int | None]:
    """Read a range of ports, or ICMP's type and code; other protocols have neither."""
    if protocol == "icmp":
        return _icmp(-1 if first is None else first, -1 if last is None else last)
    if protocol not in {"tcp", "udp"}:
        return None, None
    if first is None or last is None:
        raise _bad_ports("Must specify both from and to ports with TCP/UDP.")
    if first not in _PORTS or last not in _PORTS:
        raise _bad_ports(f"{first}-{last}: allowed are ports 0 to {_PORTS.stop - 1}")
    if first > last:
        raise _bad_ports(f"{first}-{last}: the first port must not be above the last")
    return first, last


def _icmp(kind: int, code: int) -> tuple[int, int]:
    if kind not in _ICMP_NUMBERS or code not in _ICMP_NUMBERS or (kind == -1 and code != -1):
        raise InvalidParameterValue(
            "PortRange",
            f"{kind}, {code}",
            allowed="an ICMP type and code of 0 to 255, or -1 for all; all types have all codes",
        )
    return kind, code


def _bad_ports(why: str) -> InvalidParameterValue:
    return InvalidParameterValue("PortRange", why, message=f"Invalid value '{why}' for portRange.")


def _cidr(peer: Mapping[str, Any]) -> str:
    if not peer.get("CidrIp"):
        raise MissingParameter("IpPermissions.IpRanges.CidrIp")
    return str(cidrs.permitted(peer["CidrIp"]))


def _group_id(peer: Mapping[str, Any], account_id: str) -> str:
    if peer.get("UserId", account_id) != account_id or peer.get("VpcPeeringConnectionId"):
        raise UnsupportedOperation(
            "UserIdGroupPairs with another account's group or with VpcPeeringConnectionId are "
            "not supported."
        )
    if not peer.get("GroupId"):
        raise MissingParameter("IpPermissions.UserIdGroupPairs.GroupId")
    return str(peer["GroupId"])
