"""What the tests need of this machine: gcloud, the Pub/Sub emulator, and a folder in which gcloud may write."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from google import Google
from recorder import Recorder

ROOT = pathlib.Path(__file__).resolve().parents[2]
APIS = ("serviceusage", "cloudresourcemanager", "iam", "artifactregistry", "cloudbuild", "storage", "run", "pubsub", "logging", "cloudtasks", "cloudscheduler")


class Skip(Exception):
    """Why a test cannot be run here."""


def find_emulator():
    """The emulator's start script, or why the tests cannot be run here."""
    gcloud = shutil.which("gcloud")
    if not gcloud:
        return None, "gcloud is not installed"
    if not shutil.which("java"):
        return None, "Java, which the Pub/Sub emulator needs, is not installed"
    beside = pathlib.Path(gcloud).resolve().parent.parent / "platform/pubsub-emulator/bin/cloud-pubsub-emulator"
    emulator = shutil.which("cloud-pubsub-emulator") or (str(beside) if os.access(beside, os.X_OK) else None)
    return emulator, "the Pub/Sub emulator is not installed"


class Emulator:
    """The real Pub/Sub emulator, while the block runs."""

    def __init__(self, script):
        self.script = script

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self.log = open(os.path.join(self.folder, "emulator.log"), "w+b")
        self.process = subprocess.Popen(
            [self.script, "--host=127.0.0.1", f"--port={port}", f"--data-dir={self.folder}"],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait(self):
        deadline = time.monotonic() + 120
        while True:
            self.log.seek(0)
            printed = self.log.read().decode(errors="replace")
            if "Server started, listening on" in printed:
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The emulator did not start: {printed}")
            time.sleep(0.1)

    def __exit__(self, *exception):
        # The start script has Java in its own group.
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Machine:
    """gcloud before a stand-in for one project of Google's. Nothing of the user's gcloud is read or written."""

    def __init__(self, emulator, project):
        self.folder = tempfile.mkdtemp()
        self.project = project
        self.google = Google(project)
        self.recorder = Recorder(self.google.apis, emulator)

    def close(self):
        self.recorder.server.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def environment(self):
        overrides = {
            # Plain HTTP, so that the proxy sees it.
            f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}": f"http://{api}.googleapis.com/" for api in APIS
        }
        return {
            "PATH": os.environ["PATH"],
            "HOME": self.folder,
            "CLOUDSDK_CONFIG": f"{self.folder}/gcloud",
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
            "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false",
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
            "CLOUDSDK_PROXY_TYPE": "http_no_tunnel",
            "CLOUDSDK_PROXY_ADDRESS": "127.0.0.1",
            "CLOUDSDK_PROXY_PORT": str(self.recorder.port),
            "RETRY_PAUSE_SECONDS": "0",
            **overrides,
        }

    def run(self, *command, **environment):
        """Runs a command at the root of the repository."""
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=900,
            check=False,
        )
