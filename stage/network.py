"""A network of the stage's own: a namespace with public addresses, its own names and a certificate authority.

The only way between it and the machine's network is a socket that was opened outside and handed in. So hosts of a stage
can have public addresses, which the guarded egress accepts, and the usual port 443.
"""

import fcntl
import os
import shutil
import socket
import ssl
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import trustme

_SET_ADDRESS, _SET_NETMASK, _GET_FLAGS, _SET_FLAGS, _UP = 0x8916, 0x891C, 0x8913, 0x8914, 0x1
_HOSTS = Path("/etc/hosts")


class NoNamespace(Exception):
    """This machine cannot have a network namespace; the message says why, in one line."""


def unshare_command() -> list[str]:
    """What runs a command, under the same process id, in a network and mount namespace of its own.

    Raises `NoNamespace`.
    """
    program = shutil.which("unshare")
    if program is None:
        raise NoNamespace("a stage needs Linux with `unshare` (package util-linux)")
    command = [program, "--net", "--mount"]
    if os.geteuid() != 0:
        command[1:1] = ["--user", "--map-root-user"]
    tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise NoNamespace(f"a stage needs a network namespace, which is refused here: {tried.stderr.strip()}")
    return command


class Network:
    """The namespace that this process is in; `folder` holds what is made for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self._names: dict[str, list[str]] = {}
        self._count = 0
        _bring_up("lo")

    @property
    def authority_file(self) -> Path:
        """The certificate of the authority, for clients outside."""
        return self._folder / "ca.pem"

    def trust_authority(self) -> None:
        """Makes every process in the namespace trust the authority, and no other, by the system's own bundle."""
        self._authority.cert_pem.write_to_path(str(self.authority_file))
        bundle = Path(ssl.get_default_verify_paths().openssl_cafile).resolve()
        _cover(bundle, self.authority_file)

    def add_host(self, *names: str) -> str:
        """Adds a public address with these names to the namespace; gives the address."""
        self._count += 1
        # Addresses of the namespace alone, in a range that is in public use.
        address = f"8.8.{self._count}.10"
        _add_address(f"lo:{self._count}", address)
        self._names[address] = list(names)
        lines = ["127.0.0.1 localhost", *(f"{each} {' '.join(named)}" for each, named in self._names.items())]
        hosts = self._folder / "hosts"
        first = not hosts.exists()
        hosts.write_text("\n".join(lines) + "\n")
        if first:
            _cover(_HOSTS, hosts)
        return address

    def certificate(self, *names: str) -> Path:
        """A file with the key and certificate of a server of these names, signed by the authority."""
        path = self._folder / f"{names[0]}.pem"
        self._authority.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(str(path))
        return path


def serving(certificate: Path) -> ssl.SSLContext:
    """The TLS settings of a server with this certificate: TLS 1.2 or later."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate)
    return context


def listen(address: str, port: int) -> socket.socket:
    """A listening socket."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    made.listen(256)
    return made


def _bring_up(interface: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", interface.encode(), 0)
        [flags] = struct.unpack_from("h", fcntl.ioctl(control, _GET_FLAGS, request), 16)
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh14x", interface.encode(), flags | _UP))


def _add_address(alias: str, address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for operation, value in ((_SET_ADDRESS, address), (_SET_NETMASK, "255.255.255.255")):
            place = struct.pack("16sH2x4s8x", alias.encode(), socket.AF_INET, socket.inet_aton(value))
            fcntl.ioctl(control, operation, place)
    _bring_up(alias)


def _cover(target: Path, source: Path) -> None:
    """Replaces a file of the system by another one, in this mount namespace alone."""
    _run(["mount", "--bind", str(source), str(target)])


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNamespace(f"{' '.join(command)}: {done.stderr.strip()}")
