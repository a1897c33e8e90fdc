"""Fill a device's template with a connection's facts."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from landbridge.devices.catalogue import Device
from landbridge.devices.customer_gateway_configuration import HOLD_TIME
from landbridge.devices.facts import ConnectionFacts, TunnelFacts
from landbridge.devices.suite import SampleType, Suite, suite

LOCAL_NETWORK = "<LOCAL NETWORK>"
"Marks the place where the administrator writes the network behind his device."

# Nothing that a customer wrote freely enters a file: addresses, numbers, ids, and keys of the
# guide's alphabet. HTML's escapes would spoil the files.
_templates = Environment(
    loader=PackageLoader("landbridge.devices"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


class NoSuiteError(ValueError):
    """A tunnel that the device cannot use in the way that was asked for."""


def render(
    device: Device, facts: ConnectionFacts, *, ike_version: str, sample_type: SampleType
) -> str:
    """Write the file; raises `NoSuiteError`."""
    return _templates.get_template(device.template).render(
        device=device,
        facts=facts,
        tunnels=[(tunnel, _suite(tunnel, ike_version, sample_type)) for tunnel in facts.tunnels],
        ike_version=ike_version,
        sample_type=sample_type,
        hold_time=HOLD_TIME,
        keepalive=HOLD_TIME // 3,
        local_network=LOCAL_NETWORK,
    )


def _suite(tunnel: TunnelFacts, ike_version: str, sample_type: SampleType) -> Suite:
    chosen = suite(tunnel.options, ike_version, sample_type)
    if chosen is None:
        raise NoSuiteError(
            f"tunnel {tunnel.number} allows {', '.join(tunnel.options.ike_versions)} with "
            f"{', '.join(tunnel.options.phase1_encryption_algorithms)} in phase 1"
        )
    return chosen
