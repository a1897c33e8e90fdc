"""All parts of the network: those that ought to be, and those of which something is left."""

from collections.abc import Collection
from pathlib import Path

from landbridge.network.drivers import netns
from landbridge.network.names import OUTSIDE, Names, Part
from landbridge.store import dependence
from landbridge.store.engine import Store


def everything(names: Names, store: Store, folders: Collection[Path]) -> list[Part]:
    """List all parts; `folders` are those of the daemons' files, one in each for a namespace."""
    files = [one.name for each in folders if each.exists() for one in each.iterdir()]
    left = {part for name in (*netns.listed(), *files) if (part := names.part(name))}
    with store.reading() as session:
        wanted = [OUTSIDE, *map(Part.of, dependence.parts(session))]
        left |= set(map(Part.of, dependence.leaving(session)))
    return [*wanted, *(left - set(wanted))]
