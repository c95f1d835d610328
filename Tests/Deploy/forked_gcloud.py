"""The real gcloud, loaded once and forked for each call: loading it takes ten times as long as most of its commands.

    with ForkedGcloud():
        subprocess.run(["gcloud", "config", "list"])

Run as a program, by gcloud's own Python, this file is the process that is forked.
"""

import atexit
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback

# Stands for gcloud on the PATH: hands over what a process has, and ends as the fork does.
CALLER = r"""#!PYTHON -ISE
import json, os, signal, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect(os.path.join(os.path.dirname(os.path.abspath(__file__)), "socket"))
request = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(connection, [len(request).to_bytes(4, "big")], [0, 1, 2])
connection.sendall(request)
process = int.from_bytes(connection.recv(4, socket.MSG_WAITALL), "big") or sys.exit("gcloud did not start")
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(process, number))
code = connection.recv(1)
sys.exit(code[0] if code else "gcloud ended without an exit code")
"""


class ForkedGcloud:
    """gcloud on this process's PATH is the forked one while the block runs; else the reason why not is printed."""

    def __enter__(self):
        self.path = os.environ["PATH"]
        self.folder = tempfile.mkdtemp()
        # Nothing of the user's gcloud is read, and nothing is called.
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CLOUDSDK_") or name == "CLOUDSDK_PYTHON"},
            "CLOUDSDK_CONFIG": self.folder,
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
        }
        library = pathlib.Path(shutil.which("gcloud")).resolve().parents[1] / "lib"
        where = ["gcloud", "info", "--format=value(basic.python_location)"]
        python = subprocess.run(where, env=environment, stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
        # As gcloud's start script does.
        command = [python or sys.executable, "-S", "-W", "ignore", __file__, str(library), f"{self.folder}/socket"]
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if self.process.stdout.read(1):
            caller = pathlib.Path(self.folder, "gcloud")
            caller.write_text(CALLER.replace("PYTHON", sys.executable, 1))
            caller.chmod(0o755)
            os.environ["PATH"] = f"{self.folder}:{self.path}"
        else:
            print("gcloud is loaded for each call, since loading it once failed (above)", flush=True)
        return self

    def __exit__(self, *_):
        os.environ["PATH"] = self.path
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def serve(library, address):
    sys.path[:0] = [f"{library}/third_party", library]
    from googlecloudsdk import gcloud_main
    from googlecloudsdk.core.configurations import named_configs

    # Loads what all commands need; each makes its own command tree, and reads its own configuration.
    gcloud_main.CreateCLI([])
    named_configs.ActivePropertiesFile.Invalidate()
    # Nobody waits for the forks here.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        assert hasattr(socket, "recv_fds"), "Python 3.9 is needed"
        os.write(1, b"1")
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                answer(connection, gcloud_main)
            connection.close()


def answer(connection, gcloud_main):
    """Becomes the process that called."""
    length, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    arguments, folder, environment = json.loads(connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["gcloud.py", *arguments]
    connection.sendall(os.getpid().to_bytes(4, "big"))
    code = 1
    try:
        code = gcloud_main.main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(bytes([code & 255 if isinstance(code, int) else int(code is not None)]))
        os._exit(0)


if __name__ == "__main__":
    serve(*sys.argv[1:])
