"""Fill a device's template with a connection's facts."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from landbridge.devices.catalogue import Device
from landbridge.devices.customer_gateway_configuration import HOLD_TIME
from landbridge.devices.facts import ConnectionFacts
from landbridge.devices.suite import SampleType, suite

LOCAL_NETWORK = "<LOCAL NETWORK>"
"Marks the place where the administrator writes the network behind his device."


class UnsafeTextError(ValueError):
    """A text that would leave its line, or the file's alphabet."""


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
    """Write the file for an IKE version that is one of `ike_versions`."""
    tunnels = [(one, suite(one.options, ike_version, sample_type)) for one in facts.tunnels]
    if None in (chosen for _, chosen in tunnels):
        raise ValueError(f"the options of a tunnel do not allow {ike_version}")
    return _templates.get_template(device.template).render(
        device=device,
        facts=facts,
        tunnels=tunnels,
        ike_version=ike_version,
        sample_type=sample_type,
        hold_time=HOLD_TIME,
        keepalive=HOLD_TIME // 3,
        local_network=LOCAL_NETWORK,
    )


def ike_versions(device: Device, facts: ConnectionFacts) -> tuple[str, ...]:
    """List the IKE versions that the device has and that both tunnels can use."""
    return tuple(
        version
        for version in device.ike_versions
        if all(suite(one.options, version, SampleType.COMPATIBILITY) for one in facts.tunnels)
    )
