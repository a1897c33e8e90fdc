"""Fill a device's template with a connection's facts."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from landbridge.devices.customer_gateway_configuration import HOLD_TIME
from landbridge.devices.device import Device
from landbridge.devices.facts import ConnectionFacts, TunnelFacts
from landbridge.devices.marks import marks_in, network_text
from landbridge.devices.suite import Phase, SampleType, suite

DPD_INTERVAL, DPD_RETRIES = 10, 3
"Seconds between a device's questions whether the endpoint lives; how many may go unanswered."


class UnsafeTextError(ValueError):
    """A text that would leave its line, or the file's alphabet."""


class ImpossibleError(ValueError):
    """There is no file for this device and this connection; the text says why."""


def _in_line(value: object) -> object:
    """Let nothing into a file that could end a line or hide in it."""
    if not str(value).isprintable():
        raise UnsafeTextError(f"a value for the file has control characters: {value!r}")
    return value


# Addresses, numbers, ids, and keys of the guide's alphabet enter a file, nothing that a customer
# wrote freely. HTML's escapes would spoil the files.
_templates = Environment(
    loader=PackageLoader("landbridge.devices"),
    undefined=StrictUndefined,
    finalize=_in_line,
    autoescape=False,  # noqa: S701
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(
    device: Device, facts: ConnectionFacts, *, ike_version: str, sample_type: SampleType
) -> str:
    """Write the file; raises `ImpossibleError`."""
    names = {
        "device": device,
        "facts": facts,
        "tunnels": _tunnels(device, facts, ike_version, sample_type),
        "ike_version": ike_version,
        "sample_type": sample_type,
        "hold_time": HOLD_TIME,
        "keepalive": HOLD_TIME // 3,
        "dpd_interval": DPD_INTERVAL,
        "dpd_retries": DPD_RETRIES,
        "local": network_text(None, "LOCAL NETWORK"),
        "vpc": network_text(facts.vpc_cidr, "VPC NETWORK"),
    }
    body = _templates.get_template(device.template).render(names)
    head = _templates.get_template("head.j2").render(names, marks=marks_in(body, ipv6=facts.ipv6))
    foot = _templates.get_template("foot.j2").render(names)
    return _commented(head, device) + body + _commented(foot, device)


def ike_versions(device: Device, facts: ConnectionFacts) -> tuple[str, ...]:
    """List the IKE versions that the device has and that both tunnels can use."""
    return tuple(
        version
        for version, words in device.ike.items()
        if all(
            suite(one.options, version, SampleType.COMPATIBILITY, words) for one in facts.tunnels
        )
    )


def _tunnels(
    device: Device, facts: ConnectionFacts, ike_version: str, sample_type: SampleType
) -> list[tuple[TunnelFacts, Phase, Phase, int, int]]:
    """Join each tunnel with its algorithms, its MTU and its MSS (bytes)."""
    for lacks, what in (
        (not device.bgp and not facts.static_routes_only, "dynamic routing (BGP)"),
        (not device.certificates and facts.certificates, "certificates"),
        (not device.ipv6 and facts.ipv6, "IPv6 inside the tunnels"),
        (ike_version not in device.ike, ike_version),
    ):
        if lacks:
            raise ImpossibleError(f"{device.name} has no file for {what}")
    found = []
    for one in facts.tunnels:
        chosen = suite(one.options, ike_version, sample_type, device.ike[ike_version])
        if chosen is None:
            raise ImpossibleError(
                f"{device.name} has no algorithms that the options of tunnel {one.number} allow "
                f"with {ike_version}"
            )
        sizes = chosen.sizes
        mss = sizes.mss_ipv6 if facts.ipv6 else sizes.mss_ipv4
        found.append((one, chosen.phase1, chosen.phase2, sizes.mtu, mss))
    return found


def _commented(text: str, device: Device) -> str:
    """Make plain lines comments in the device's language."""
    return "".join(f"{device.comment}{line}".rstrip() + "\n" for line in text.splitlines())
