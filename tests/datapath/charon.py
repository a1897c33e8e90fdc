"""What charon makes of several messages (strongSwan's kernel_netlink_ipsec.c)."""

from dataclasses import replace

from datapath import netlink, xfrm
from datapath.client import Xfrm
from datapath.xfrm import Attribute, State, Type

_CARRIED_OVER = (Attribute.REPLAY_VAL, Attribute.REPLAY_ESN_VAL, Attribute.LTIME_VAL)


def move(client: Xfrm, state: State, **changes: object) -> State:
    """Give a state other addresses or ports, as after a MAPPING: it is removed and made anew.

    What it was installed with is asked for, so is how far it has come, and handed back.
    """
    moved = replace(state, **changes)  # type: ignore[arg-type]
    installed = client.get(state)
    replay = client.replay(state)
    client.delete(state)
    info = bytearray(installed.raw)
    start = xfrm.SELECTOR_SIZE
    info[start : start + 4] = moved.destination.packed
    source = start + xfrm.ID.size
    info[source : source + 4] = moved.source.packed
    attributes = [
        (kind, moved.encapsulation() if kind == Attribute.ENCAP else value)
        for kind, value in installed.attributes
    ]
    attributes += [(kind, value) for kind, value in replay.attributes if kind in _CARRIED_OVER]
    body = bytes(info) + b"".join(netlink.attribute(*one) for one in attributes)
    client.ask(Type.NEWSA, body)
    return moved
