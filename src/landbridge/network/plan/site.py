"""What the plan has to know of the machine it is for."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from landbridge.network.names import Names
from landbridge.network.strongswan import Esp
from landbridge.settings import DEVICE_POOL, OUTSIDE_POOL, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One installation on one machine."""

    names: Names = field(default_factory=Names)
    endpoint_pool: IPv4Network = OUTSIDE_POOL
    "Outside addresses of our endpoints; the first host is the router's."
    device_pool: IPv4Network = DEVICE_POOL
    "Addresses of simulated customer gateway devices; the first host is the router's."
    esp: Esp = Esp.KERNEL

    @classmethod
    def of(cls, settings: Settings, esp: Esp) -> "Site":
        """Take from the settings, and from what was found out, what the plan needs."""
        return cls(
            names=Names(settings.namespace_prefix), endpoint_pool=settings.outside_pool, esp=esp
        )

    @property
    def endpoint_router(self) -> IPv4Address:
        """The endpoints' default gateway on the outside."""
        return self.endpoint_pool[1]
