"""Static routes into the tunnels, and the file's own script that watches over them."""

import subprocess
from pathlib import Path

from landbridge.lab.model import StaticRoute
from landbridge.network.drivers import links
from landbridge.network.drivers.netns import Namespaces, inside


def set_route(namespaces: Namespaces, router: str, route: StaticRoute) -> None:
    """Set a route into a tunnel; it is gone while the tunnel's interface is down."""
    handle = namespaces.handle(router)
    handle.route(
        "add",
        dst=str(route.destination),
        gateway=str(route.via),
        oif=links.index_of(handle, route.interface),
        priority=route.metric,
    )


def watch(router: str, folder: Path, script: str, route: StaticRoute) -> None:
    """Run the script for a route; it ends with the namespace."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vpn-check"
    file.write_text(script)
    interface, via, network, metric = (
        route.interface, str(route.via), str(route.destination), str(route.metric),
    )  # fmt: skip
    with inside(router):
        subprocess.Popen(
            ["/bin/sh", str(file), interface, via, network, metric],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
