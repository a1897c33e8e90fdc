"""A `conn` of ipsec.conf in the words of swanctl.conf, as VICI takes them."""

from typing import Any

from landbridge.lab.configuration import DeviceTunnel, seconds
from landbridge.network.model import CHILD
from landbridge.network.strongswan import IF_ID

_REPLAY_WINDOW = "32"
"strongSwan's default, packets."


def definition(tunnel: DeviceTunnel) -> dict[str, Any]:
    """Turn a `conn` of ipsec.conf into the words of swanctl.conf.

    ipsec.conf's lifetimes are the hard ones, with the margin before them; `!` (only these
    proposals) is what swanctl.conf always means. `mark` ties a tunnel to its interface there, which
    the interface id does here.
    """
    conn = tunnel.conn
    margin = seconds(conn.get("margintime", "9m"))
    version = conn["keyexchange"].removeprefix("ikev")
    found: dict[str, Any] = {
        "version": version,
        "local_addrs": [str(tunnel.local_address)],
        "remote_addrs": [str(tunnel.remote_address)],
        "proposals": conn["ike"].rstrip("!").split(","),
        "encap": conn.get("forceencaps", "no"),
        "if_id_in": str(IF_ID),
        "if_id_out": str(IF_ID),
        "mobike": "no",
        "keyingtries": "0",
        "rekey_time": f"{seconds(conn['ikelifetime']) - margin}s",
        "over_time": f"{margin}s",
        "dpd_delay": conn["dpddelay"],
        "local": {"auth": "psk", "id": conn["leftid"]},
        "remote": {"auth": "psk", "id": conn.get("rightid", conn["right"])},
        "children": {
            CHILD: {
                "mode": "tunnel",
                "local_ts": [conn["leftsubnet"]],
                "remote_ts": [conn["rightsubnet"]],
                "esp_proposals": conn["esp"].rstrip("!").split(","),
                "life_time": f"{seconds(conn['lifetime'])}s",
                "rekey_time": f"{seconds(conn['lifetime']) - margin}s",
                "replay_window": conn.get("replay_window", _REPLAY_WINDOW),
                "dpd_action": conn["dpdaction"],
                "close_action": conn.get("closeaction", "none").replace("restart", "start"),
            }
        },
    }
    if version == "1":
        found["dpd_timeout"] = conn["dpdtimeout"]
    return found
