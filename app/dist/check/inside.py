"""What can be done in a root file system with the package in it, and asked of the signer there.

Whoever imports this has the root's folder as its first argument, and shares the loopback with the root.
Waits are for conditions, each with a limit.
"""

import fcntl
import json
import pathlib
import re
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

PROJECT = pathlib.Path(__file__).resolve().parents[3]
ROOT = pathlib.Path(sys.argv[1])
LOG = ROOT / "tmp/signer.log"
CONFIG = "/etc/tezio-signer/config.ron"
STATE = "/var/lib/tezio-signer"
BOARD = "/run/board/port"
SIGNER = "http://127.0.0.1:6732"
MONITOR = "http://127.0.0.1:9632"
# Key 3 of the simulated board.
KEY = "tz3MyarJihHrejsze59J2Seita7jYWDCJDPe"
WAIT_S = 20
# An attestation of mainnet as Octez sends it; level at 40, round at 44.
ATTESTATION = (
    "137a06a770" + "29d720a921b78f5249c791dc8bc74e201ab35742f8e43ac533e1792f8cf6eaa6" + "150000"
    + "00000000" + "00000000" + "35b64f07db480eb447ec861378b90083d22d4138d2acd7bdbe0cab0990278d7e"
)
AS_USER = ["setpriv", "--reuid=tezio-signer", "--regid=tezio-signer", "--init-groups", "--"]
# What stands before a command, so that it runs inside.
ENTER = ["chroot", str(ROOT)]


def require(holds: bool, what: str) -> None:
    """Ends the story where it goes wrong."""
    if not holds:
        if LOG.is_file():
            print(LOG.read_text(), end="")
        sys.exit(f"package: {what}")


def chapter(title: str) -> None:
    """Says how far the story is."""
    print(f"  {title}", flush=True)


def within(path: str) -> pathlib.Path:
    """A path of the root, from here."""
    return ROOT / path.lstrip("/")


def command(*words: str) -> list[str]:
    """The words as a command inside."""
    return [*ENTER, *words]


def raise_loopback() -> None:
    """The one interface that there is."""
    with socket.socket() as any_socket:
        # SIOCSIFFLAGS with IFF_UP
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))


def environment() -> dict[str, str]:
    """What commands of the root see of the outside: nothing."""
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def attempt(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs a command inside to its end, whatever that is; output and errors together."""
    return subprocess.run(
        command(*words), env=environment(), text=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )


def done(*words: str) -> str:
    """Runs a command inside that must succeed; what it says."""
    ended = attempt(*words)
    require(ended.returncode == 0, f"{' '.join(words)}: {ended.returncode}\n{ended.stdout}")
    return ended.stdout


def until(holds, what: str) -> None:
    """Waits for a condition."""
    deadline = time.monotonic() + WAIT_S
    while not holds():
        require(time.monotonic() < deadline, f"waited too long for {what}")
        time.sleep(0.02)


def ask(url: str, body: str | None = None) -> tuple[int, str]:
    """Status and text of an answer; status 0 where nobody listens."""
    data = None if body is None else body.encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except urllib.error.URLError:
        return 0, ""


def attestation(level: int, salt: int = 0) -> str:
    """Its hex digits at a level; `salt` makes it another one."""
    message = bytearray.fromhex(ATTESTATION)
    struct.pack_into(">I", message, 40, level)
    message[-1] = salt
    return message.hex()


def sign(level: int, salt: int = 0) -> str:
    """A signature, which must come."""
    status, text = ask(f"{SIGNER}/keys/{KEY}", json.dumps(attestation(level, salt)))
    require(status == 200, f"no signature at level {level}: {status} {text}")
    return json.loads(text)["signature"]


def refused(level: int, salt: int = 0) -> None:
    """A signature that must not come, because of the marks."""
    status, text = ask(f"{SIGNER}/keys/{KEY}", json.dumps(attestation(level, salt)))
    told = re.search("not above|below|already been signed", text)
    require(status >= 400 and told is not None, f"level {level} not refused: {status} {text}")


def verified(level: int, signature: str) -> None:
    """Has another tool look at a signature."""
    public = json.loads(ask(f"{SIGNER}/keys/{KEY}")[1])["public_key"]
    verifier = PROJECT / "app/checks/verify_signature.py"
    claim = [KEY, public, attestation(level), signature]
    ended = subprocess.run([sys.executable, str(verifier), *claim], check=False, timeout=60)
    require(ended.returncode == 0, "the signature does not hold")


def ready() -> bool:
    """Whether every key can be signed with."""
    return ask(f"{MONITOR}/readyz")[0] == 200


def is_like(path: str, mode: int, owner: str, group: str) -> None:
    """Mode and owner of a file or folder."""
    told = done("stat", "--format=%a %U %G", path).strip()
    require(told == f"{mode:o} {owner} {group}", f"{path}: {told}")


def configure() -> None:
    """From `init` to marks, as the operator is told; nothing is signed before."""
    told = done("tezio-signer", "init", "--service", "--port", BOARD)
    require("enable --now tezio-signer" in told, f"init does not tell what is next:\n{told}")
    is_like(CONFIG, 0o640, "root", "tezio-signer")
    early = attempt(*AS_USER, "tezio-signer", "run", "--config", CONFIG)
    require(early.returncode == 1 and "watermarks init" in early.stdout, early.stdout)
    text = within(CONFIG).read_text()
    line = '// (chain: "NetXdQprcVkpaWU", level: 0)'
    require(line in text, "no line for the marks of mainnet")
    within(CONFIG).write_text(text.replace(line, '(chain: "NetXdQprcVkpaWU", level: 100)'))
    done(*AS_USER, "tezio-signer", "watermarks", "init", "--config", CONFIG)
    is_like(f"{STATE}/marks.journal", 0o600, "tezio-signer", "tezio-signer")
