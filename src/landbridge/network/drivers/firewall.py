"""A namespace's nftables table, replaced as a whole and at once."""

import subprocess

from landbridge.network.drivers.netns import Namespaces, inside
from landbridge.network.model import Firewall

_TABLE = "inet landbridge"
_MARK = "firewall "
"On the loopback's alias, with the digest of the rule set in force."
_SECONDS = 10.0


class FirewallError(RuntimeError):
    """nft refused the rule set, or did not end in time."""


def set_firewall(namespaces: Namespaces, firewall: Firewall) -> None:
    """Put a rule set in the place of the one before."""
    _nft(firewall.namespace, f"table {_TABLE}\ndelete table {_TABLE}\n{firewall.ruleset}")
    _mark(namespaces, firewall.namespace, f"{_MARK}{firewall.digest}")


def remove_firewall(namespaces: Namespaces, firewall: Firewall) -> None:
    """Remove the table."""
    _nft(firewall.namespace, f"delete table {_TABLE}\n")
    _mark(namespaces, firewall.namespace, "")


def from_mark(namespace: str, alias: str | None) -> Firewall | None:
    """Read the mark that `set_firewall` left on the loopback."""
    if not alias or not alias.startswith(_MARK):
        return None
    return Firewall(namespace=namespace, digest=alias.removeprefix(_MARK))


def _mark(namespaces: Namespaces, namespace: str, alias: str) -> None:
    namespaces.handle(namespace).link("set", index=1, ifalias=alias)


def _nft(namespace: str, commands: str) -> None:
    try:
        with inside(namespace):
            done = subprocess.run(
                ["nft", "-f", "-"],
                input=commands,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise FirewallError(f"nft in {namespace} did not end within {_SECONDS:.0f} s") from error
    if done.returncode != 0:
        raise FirewallError(f"nft in {namespace}: {done.stderr.strip()}")
