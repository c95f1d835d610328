"""The servers that the benchmarks of speed compare: the release binary, and the peers that can be had here."""

import os
import re
import shutil
import subprocess
import sys

from measuring import Server
from pushes import free_port

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
# Where Debian's librust-…-dev packages put the crates.
CRATES = "/usr/share/cargo/registry"
# Each server that is not ours, and not one of these that only remembers tokens as well.
PEER_NAMES = ("Go", "Rust", "Node.js", "Flask", "nginx, bare 204")


class Contestant:
    """A way to start one of the servers."""

    def __init__(self, name, command, version, is_floor=False, **environment):
        self.name, self.command, self.version = name, command, version
        self.is_floor, self.environment = is_floor, environment

    def start(self, key_port, **environment):
        port = free_port()
        command = [part.replace("PORT", str(port)) for part in self.command]
        if self.is_floor:
            with open(self.command[-1], encoding="ascii") as text:
                settings = text.read().replace("PORT", str(port))
            command[-1] = self.command[-1] + f".{port}"
            with open(command[-1], "w", encoding="ascii") as output:
                output.write(settings)
        return Server(command, key_port, port, is_quiet=self.name != "jitcleanup",
                      **self.environment, **environment)


class Missing(Exception):
    """Why a peer cannot be had."""


def contestants(binary, folder, names=PEER_NAMES, python=None):
    """The servers that there are, the peers by their names; what is missing is told."""
    makers = {
        "Go": lambda: go(folder), "Rust": lambda: rust(folder), "Node.js": node, "Flask": lambda: flask(python),
        "nginx, bare 204": lambda: nginx(folder),
    }
    found = [Contestant("jitcleanup", [binary, "serve"], first_line([binary, "--version"]))]
    for name in names:
        try:
            found += makers[name]()
        except Missing as reason:
            print(f"left out: {name}, since {reason}", file=sys.stderr)
    return found


def go(folder):
    if not shutil.which("go"):
        raise Missing("there is no go")
    peer = os.path.join(folder, "go-peer")
    subprocess.run(["go", "build", "-o", peer, "."], cwd=os.path.join(PEERS, "go"), check=True)
    version = first_line(["go", "version"]).split()[2]
    return [
        Contestant("Go", [peer], version),
        Contestant("Go that remembers tokens", [peer], version, REMEMBERED_TOKENS="1024"),
    ]


def rust(folder):
    """Built offline, of the crates that are installed here."""
    if not shutil.which("cargo"):
        raise Missing("there is no cargo")
    if not os.path.isdir(CRATES):
        raise Missing(f"there is no {CRATES}, so none of Debian's librust-…-dev packages is installed")
    sources = os.path.join(folder, "rust-peer")
    shutil.copytree(os.path.join(PEERS, "rust"), sources)
    built = subprocess.run(["cargo", "build", "--release", "--offline", "--quiet"], cwd=sources, capture_output=True,
                           text=True, check=False)
    if built.returncode:
        raise Missing("cargo says: " + " ".join(built.stderr.split())[:300])
    version = f"hyper {crate_version(sources, 'hyper')}"
    peer = os.path.join(sources, "target", "release", "push-peer")
    return [
        Contestant("Rust", [peer], version),
        Contestant("Rust that remembers tokens", [peer], version, REMEMBERED_TOKENS="1024"),
    ]


def crate_version(sources, name):
    with open(os.path.join(sources, "Cargo.lock"), encoding="utf-8") as text:
        return re.search(rf'name = "{name}"\nversion = "(.*)"', text.read())[1]


def node():
    if not shutil.which("node"):
        raise Missing("there is no node")
    return [Contestant("Node.js", ["node", os.path.join(PEERS, "node.mjs")], first_line(["node", "--version"]))]


def flask(python):
    if not python:
        raise Missing("there is no Python with venv and pip")
    command = [
        python, "-m", "gunicorn", "--workers", str(os.cpu_count()), "--worker-class", "gthread", "--threads", "16",
        "--keep-alive", "75", "--log-level", "critical", "--chdir", PEERS, "--bind", "127.0.0.1:PORT",
        "flask_peer:app",
    ]
    version = first_line([python, "-c", "import importlib.metadata as m; print('Flask', m.version('flask'))"])
    return [Contestant("Flask", command, version)]


def nginx(folder):
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program:
        raise Missing("there is no nginx")
    settings = os.path.join(folder, "nginx.conf")
    with open(os.path.join(PEERS, "nginx.conf"), encoding="ascii") as text, open(settings, "w") as output:
        output.write(text.read().replace("FOLDER", folder))
    version = subprocess.run([program, "-v"], capture_output=True, text=True, check=True).stderr.split("/")[1].strip()
    command = [program, "-p", folder, "-c", settings]
    return [Contestant("nginx, bare 204", command, version, is_floor=True)]


def first_line(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()
