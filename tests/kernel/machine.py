#!/usr/bin/python3
"""Run a command as root in a virtual machine whose kernel is Debian's cloud kernel.

    tests/kernel/machine.py [--seconds N] [--memory MB] COMMAND [ARGUMENT ...]

The machine sees this host's files as they are, with a layer in memory over them: it may write
everywhere, and nothing of it stays. The command runs in the current directory; its output comes
out here and its exit status is ours (124 when the time is over, 125 when the machine died). From a
terminal it can be a shell: tests/kernel/machine.py bash

    this program -- starts --> virtiofsd, serves / read-only
                 -- starts --> qemu: kernel, initramfs with `init` and the command's script
                                 ttyS0 = the command's terminal, ttyS1 = its exit status

The processor is emulated (TCG), hence 10 to 20 times slower: that works without KVM, and is the
same everywhere. The kernel and busybox are fetched once, to build/kernel, and so are libreswan and
strongSwan's starter, which the tests' devices run; they are not installed.
"""

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KERNEL = ROOT / "build" / "kernel"
DEVICES = {"libreswan": ("libreswan",), "starter": ("strongswan-starter", "strongswan-charon")}
"What is fetched to folders of build, for the tests to lay over /usr and /etc: the packages."
BUSYBOX = KERNEL / "bin" / "busybox"
VIRTIOFSD = "/usr/lib/qemu/virtiofsd"

TIME_OVER, MACHINE_DIED = 124, 125

PROCESSOR = "Westmere"
"The last one without AVX, which is dear to emulate; with AES instructions, which are cheap."

KERNEL_PARAMETERS = (
    "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable"
    # Making and unmaking namespaces waits for grace periods.
    " rcupdate.rcu_expedited=1"
    # Programs at the same addresses each time: what the emulator has translated serves again.
    " norandmaps"
)

ROOT_MODULES = ("virtio_pci", "virtio_rng", "virtiofs", "overlay")
"What the initramfs must load to reach the host's files; the rest comes from there."


def main() -> int:
    """Run the command in a machine."""
    parser = argparse.ArgumentParser(description="Run a command in a machine of its own.")
    parser.add_argument("--seconds", type=float, default=600, help="give up after (default 600)")
    parser.add_argument("--memory", type=int, default=2048, help="MB (default 2048)")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND [ARGUMENT ...]")
    asked = parser.parse_args()
    if not asked.command:
        parser.error("which command?")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that we clean up
    subprocess.run([ROOT / "packaging" / "install-packages", "test-kernel"], check=True)
    if not KERNEL.exists():
        fetch(KERNEL, cloud_kernel(), "busybox-static")
    for folder, packages in DEVICES.items():
        if not (ROOT / "build" / folder).exists():
            fetch(ROOT / "build" / folder, *packages)
    with tempfile.TemporaryDirectory(prefix="landbridge-machine-") as directory:
        return run(asked.command, Path(directory), seconds=asked.seconds, memory=asked.memory)


def cloud_kernel() -> str:
    """Name the package of the kernel that Debian's cloud images have."""
    quietly("apt-get", "update")
    depends = quietly("apt-cache", "depends", "--important", "linux-image-cloud-amd64")
    (image,) = re.findall(r"Depends: (linux-image-\S+)", depends)
    return image


def fetch(tree: Path, *packages: str) -> None:
    """Fetch packages and unpack them."""
    print(f"Fetching {', '.join(packages)} ...", flush=True)
    tree.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tree.parent) as directory:
        unpacked = Path(directory) / "unpacked"
        quietly("apt-get", "download", *packages, cwd=directory)
        for package in Path(directory).glob("*.deb"):
            quietly("dpkg-deb", "--extract", package, unpacked)
        unpacked.rename(tree)


def quietly(*command: str | Path, cwd: str | None = None) -> str:
    """Run a program and return its output; if it fails, show what it said, and stop."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))} failed:\n{done.stderr}")
    return done.stdout


def run(command: list[str], directory: Path, *, seconds: float, memory: int) -> int:
    """Boot a machine that runs the command, and wait until it ends."""
    (boot,) = KERNEL.glob("boot/vmlinuz-*")
    initramfs = make_initramfs(command, directory)
    socket, status = directory / "files", directory / "status"
    files = start([
        VIRTIOFSD, f"--socket-path={socket}", "-o", "source=/", "-o", "cache=always",
        "-o", "sandbox=chroot", "-o", "xattr",
    ], quiet=True)  # fmt: skip
    while not socket.exists():
        assert files.poll() is None, "virtiofsd did not start"
        time.sleep(0.02)  # noqa: TID251 - it does not tell when it is ready
    interactive = sys.stdin.isatty()
    machine = start([
        "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", "pc,i8042=off",
        "-cpu", PROCESSOR, "-smp", str(os.cpu_count()), "-m", str(memory),
        "-nodefaults", "-display", "none", "-no-reboot", "-device", "virtio-rng-pci",
        "-object", f"memory-backend-memfd,id=memory,size={memory}M,share=on",
        "-numa", "node,memdev=memory",
        "-chardev", f"socket,id=files,path={socket}",
        "-device", "vhost-user-fs-pci,chardev=files,tag=host",
        "-chardev", f"stdio,id=terminal,signal={'off' if interactive else 'on'}",
        "-serial", "chardev:terminal", "-serial", f"file:{status}",
        "-kernel", str(boot), "-initrd", str(initramfs),
        "-append", f"{KERNEL_PARAMETERS} modules={KERNEL / 'lib' / 'modules'}",
    ], quiet=False)  # fmt: skip
    try:
        machine.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        print(f"\nmachine: not done after {seconds:.0f} s", file=sys.stderr)
        return TIME_OVER
    finally:
        for process in (machine, files):
            process.kill()
            process.wait()
    return int(status.read_text() or MACHINE_DIED)


def start(command: list[str], *, quiet: bool) -> subprocess.Popen[bytes]:
    """Start a process that cannot outlive us."""
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *command],
        stdin=None if sys.stdin.isatty() and not quiet else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.DEVNULL if quiet else None,
    )


def make_initramfs(command: list[str], directory: Path) -> Path:
    """Make the first root file system: busybox, `init`, a few modules, and the command."""
    tree = directory / "initramfs"
    (modules,) = KERNEL.glob("lib/modules/*")
    if not (modules / "modules.dep").exists():
        quietly(BUSYBOX, "depmod", "-b", KERNEL, modules.name)
    index = (modules / "modules.dep").read_text()
    needs = {
        Path(path).stem.replace("-", "_"): [path, *others.split()]
        for path, others in (line.split(":") for line in index.splitlines())
    }
    inside = tree / "lib" / "modules" / modules.name
    for path in {"modules.dep", *(path for name in ROOT_MODULES for path in needs[name])}:
        (inside / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(modules / path, inside / path)
    (tree / "bin").mkdir()
    shutil.copy(BUSYBOX, tree / "bin" / "busybox")
    shutil.copy(HERE / "init", tree / "init")
    shutil.copy(HERE / "inside", tree / "inside")
    (tree / "command").write_text(script(command))
    archive = directory / "initramfs.cpio"
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    with archive.open("wb") as output:
        subprocess.run(
            [BUSYBOX, "cpio", "-o", "-H", "newc"], cwd=tree, input=names.encode(),
            stdout=output, stderr=subprocess.DEVNULL, check=True,
        )  # fmt: skip
    return archive


def script(command: list[str]) -> str:
    """Write a script that does inside what the command would do here."""
    settings = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "TERM": os.environ.get("TERM", "dumb") if sys.stdout.isatty() else "dumb",
    }
    exports = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
    source = [] if sys.stdin.isatty() else ["exec </dev/null"]
    here = f"cd {shlex.quote(str(Path.cwd()))}"
    return "\n".join([*exports, *source, here, f"exec {shlex.join(command)}", ""])


if __name__ == "__main__":
    sys.exit(main())
