"""BGP on the device by FRR, where the file brings its configuration (Debian's package frr).

zebra sets the routes that bgpd learns. Both run as FRR's own user, in the device's namespace, and
end with it. Source: FRR's manual, "Common Invocation Options".
"""

import shutil
import subprocess
from pathlib import Path

from landbridge.network.drivers.netns import inside

_PROGRAMS = Path("/usr/lib/frr")
_USER = "frr"
_SECONDS = 10.0


class FrrError(RuntimeError):
    """FRR is not installed, does not start, or refused its configuration."""


def require() -> None:
    """Raise `FrrError` when FRR is not installed."""
    if not (_PROGRAMS / "bgpd").exists():
        raise FrrError("the file is for FRR, which is not installed: apt-get install frr")


def start(namespace: str, directory: Path, config: str) -> None:
    """Start zebra and bgpd, which are installed; their files are in the directory."""
    folder = directory / namespace / "frr"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "frr.conf").write_text(config)
    for path in (folder, folder / "frr.conf"):
        shutil.chown(path, _USER, _USER)
    for program, file in (("zebra", Path("/dev/null")), ("bgpd", folder / "frr.conf")):
        _start(program, namespace, folder, file)


def _start(program: str, namespace: str, folder: Path, file: Path) -> None:
    command = [
        str(_PROGRAMS / program),
        "--daemon",
        *("--config_file", str(file)),
        *("--pid_file", str(folder / f"{program}.pid")),
        *("--socket", str(folder / "zserv.api")),
        *("--vty_socket", str(folder)),
        *("--vty_port", "0"),
        *("--log", f"file:{folder / program}.log"),
    ]
    try:
        with inside(namespace):
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
    except subprocess.TimeoutExpired as error:
        raise FrrError(f"{program} in {namespace} does not start") from error
    if done.returncode != 0:
        raise FrrError(f"{program} in {namespace}: {done.stderr.strip()}")
