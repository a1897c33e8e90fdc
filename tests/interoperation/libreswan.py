"""A pair whose second endpoint is libreswan: pluto and the kernel's ESP, by policies alone.

Debian's libreswan does not install beside strongSwan. It is unpacked into build/libreswan, and laid
over /usr for its own processes only.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Interface
from pathlib import Path

from interoperation.pair import PSK, Pair, Side
from landbridge.network.drivers import links
from landbridge.network.model import Address
from landbridge.network.strongswan import Esp
from network.installation import PATIENCE, SLOWNESS, wait_until

UNPACKED = Path(__file__).resolve().parents[2] / "build" / "libreswan"

_LAID_OVER = f'mount -t overlay -o lowerdir={UNPACKED}/usr:/usr overlay /usr && exec "$@"'
_PROGRAMS = "/usr/libexec/ipsec"
_SUITES = {
    "aes128-sha1": "aes128-sha1",
    "aes256-sha256": "aes256-sha2_256",
    "aes256-sha512": "aes256-sha2_512",
    "aes256gcm16": "aes_gcm256-null",
}
_GROUPS = {"1": "modp2048", "2": "ecp256"}
"By the version of IKE; its IKEv1 knows no elliptic curves."


class LibreswanPair(Pair):
    """espd and charon first, libreswan second."""

    observed = (0,)

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, (Esp.USERSPACE, Esp.KERNEL))
        self._files = directory / "pluto"

    def _build_endpoint(self, side: Side) -> None:
        if side is self.sides[0]:
            super()._build_endpoint(side)
            return
        address = IPv4Interface(side.inside.ip)
        links.add_address(self.namespaces, Address(namespace=side.name, link="lo", address=address))
        files = self._files
        files.mkdir()
        (files / "secrets").write_text(f'{self._id(1)} {self._id(0)} : PSK "{PSK}"\n')
        (files / "setup.conf").write_text("config setup\n    ikev1-policy=accept\n")
        self._run("/usr/bin/certutil", "-N", "--empty-password", "-d", f"sql:{files}")
        with (files / "log").open("w") as log:
            self._start(log)
        wait_until((files / "pluto.ctl").exists, "pluto takes commands")
        self._whack("--listen")

    def inside(self, index: int) -> str:
        """The namespace behind a side: libreswan's own, for want of an interface."""
        return super().inside(index) if index == 0 else self.sides[1].name

    @contextmanager
    def tunnel(self, *, ike: str, suite: str, encap: bool) -> Iterator[None]:
        """A tunnel, started by libreswan; ended again by it."""
        ours, theirs = self.sides
        selectors = {
            f"{where}_ts": [f"{side.inside.ip}/32"]
            for where, side in (("local", ours), ("remote", theirs))
        }
        connection = self.connection(
            ours,
            theirs,
            str(theirs.address.ip),
            esp=f"{suite}-{_GROUPS[ike]}",
            ike=ike,
            phase1=f"aes256-sha256-{_GROUPS[ike]}",
            encap=encap,
            **selectors,
        )
        configuration = self._files / "ipsec.conf"
        configuration.write_text(self._configuration(ike, suite, encap=encap))
        self.charons.load_connection(connection)
        try:
            self._run(
                f"{_PROGRAMS}/addconn",
                *("--config", str(configuration)),
                *("--ctlsocket", str(self._files / "pluto.ctl"), "test"),
            )
            self._whack("--initiate", "--name", "test")
            wait_until(lambda: self.child_sas(0), "the tunnel is up at our end as well")
            yield
        finally:
            self._whack("--delete", "--name", "test")
            self.charons.unload_connection(connection)

    def _configuration(self, ike: str, suite: str, *, encap: bool) -> str:
        theirs, ours = self.sides
        group = "dh19" if _GROUPS[ike] == "ecp256" else _GROUPS[ike]
        return f"""\
conn test
    authby=secret
    ikev2={"insist" if ike == "2" else "no"}
    left={ours.address.ip}
    leftid={self._id(1)}
    leftsubnet={ours.inside.ip}/32
    right={theirs.address.ip}
    rightid={self._id(0)}
    rightsubnet={theirs.inside.ip}/32
    ike=aes256-sha2_256;{group}
    esp={_SUITES[suite]};{group}
    encapsulation={"yes" if encap else "no"}
    mtu=1400
"""

    def rekey_theirs(self, what: str) -> None:
        """Have libreswan replace its SA, 'ike' or 'ipsec', and wait until we have done so."""
        spis = self._spis if what == "ipsec" else self._ike_spis
        before = spis()
        self._whack(f"--rekey-{what}", "--name", "test")
        wait_until(lambda: self._settled(spis(), before), f"libreswan has replaced its {what} SA")

    def log(self) -> str:
        """What pluto has said."""
        return (self._files / "log").read_text()

    def _id(self, index: int) -> str:
        return f"@{self.sides[index].name}"

    def _start(self, log) -> None:
        subprocess.Popen(
            self._command(
                f"{_PROGRAMS}/pluto",
                *("--config", str(self._files / "setup.conf")),
                *("--nofork", "--stderrlog", "--no-dnssec", "--nhelpers", "1"),
                *("--rundir", str(self._files), "--nssdir", str(self._files)),
                *("--ipsecdir", str(self._files)),
                *("--secretsfile", str(self._files / "secrets")),
            ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )

    def _whack(self, *arguments: str) -> None:
        self._run(f"{_PROGRAMS}/whack", "--rundir", str(self._files), *arguments)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            self._command(*command),
            capture_output=True,
            text=True,
            timeout=PATIENCE * SLOWNESS,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)

    def _command(self, *command: str) -> list[str]:
        namespace = self.sides[1].name
        return ["ip", "netns", "exec", namespace, "sh", "-c", _LAID_OVER, "sh", *command]
