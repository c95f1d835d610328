"""What the benchmarks of speed share: bodies, many tokens, servers as processes, and wrk."""

import datetime
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

from pushes import ACCOUNT, AUDIENCE, base64url, envelope, free_port, run


def waiting_body():
    """The push of an activation that lives for hours: answered with 425, and no call to anywhere."""
    start = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    end = start + datetime.timedelta(hours=8)
    attributes = {
        "role": "roles/compute.viewer, roles/logging.viewer", "beneficiary": "alice@example.com",
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "end_time": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "justification": "Working on CASE-123, need to view VMs", "project_id": "shop-production",
    }
    message = {"type": "ActivationSelfApproved", "attributes": attributes}
    return envelope(json.dumps(message).encode(), "12345678901234567").decode()


def ignored_body():
    """Neither JIT Access's nor anybody's: acknowledged at once."""
    return envelope(b"{}", "12345678901234567").decode()


def need(*commands):
    missing = [command for command in commands if not shutil.which(command)]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}")


def to_be_signed(number=1):
    """Header and payload of a push token; the number makes it another one."""
    now = int(time.time())
    header = {"alg": "RS256", "kid": "benchmark", "typ": "JWT"}
    claims = {
        "aud": AUDIENCE, "azp": str(number), "email": ACCOUNT, "email_verified": True, "exp": now + 3600, "iat": now,
        "iss": "https://accounts.google.com", "sub": "112233445566778899000",
    }
    return ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))


def make_tokens(key, count, python, file):
    """Writes many tokens, a line each, with a Python that has `cryptography`: openssl's start alone takes longer."""
    subprocess.run([python, os.path.abspath(__file__), key.file, str(count), file], check=True)


def write_tokens(key_file, count, file):
    import concurrent.futures

    workers = os.cpu_count()
    shares = [(key_file, range(worker, count, workers)) for worker in range(workers)]
    with concurrent.futures.ProcessPoolExecutor() as pool, open(file, "w", encoding="ascii") as output:
        for lines in pool.map(signed_tokens, shares):
            output.writelines(lines)


def signed_tokens(share):
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    key_file, numbers = share
    with open(key_file, "rb") as text:
        key = serialization.load_pem_private_key(text.read(), None)
    lines = []
    for number in numbers:
        signed = to_be_signed(1_000_000 + number)
        signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        lines.append(f"{signed}.{base64url(signature)}\n")
    return lines


class Server:
    """A process that listens, with its log in /dev/null; what it needs to know is in its environment."""

    def __init__(self, command, key_port, port=None, patience=60, is_quiet=False, **environment):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            env=dict(
                os.environ, PORT=str(self.port), LISTEN_ADDRESS="127.0.0.1", PUSH_AUDIENCE=AUDIENCE,
                PUSH_SERVICE_ACCOUNT=ACCOUNT, JWKS_URL=f"http://127.0.0.1:{key_port}/keys", PROJECT_ID="benchmark-project",
                LOG_FORMAT="json", **environment,
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if is_quiet else None,
        )
        self.wait(patience)

    def wait(self, patience):
        """Returns as soon as `GET /health` is answered."""
        while time.monotonic() - self.started < patience:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
                    connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                    if connection.recv(64).startswith(b"HTTP/1.1 2"):
                        self.seconds_to_first_answer = time.monotonic() - self.started
                        return
            except OSError:
                time.sleep(0.0002)
            if self.process.poll() is not None:
                break
        self.process.kill()
        raise SystemExit(f"{self.process.args[0]} does not answer")

    def push(self, body, token):
        """The status and the Retry-After of one push."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        fields = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        connection.request("POST", "/push", body, fields)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.getheader("Retry-After")

    def resident_kilobytes(self):
        """The resident memory of the process and its children."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as text:
            children = text.read().split()
        total = 0
        for process in [self.process.pid, *children]:
            with open(f"/proc/{process}/status", encoding="ascii") as status:
                total += int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])
        return total

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


PUSH_SCRIPT = """
wrk.method = "POST"
wrk.path = "/push"
wrk.body = [[%(body)s]]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %(token)s"
"""

# The tokens of a file one after the other, over and over: by the time that one comes again, a server that remembers 1024
# has long forgotten it. Any other answer than 425 ends the run.
NEW_TOKENS_SCRIPT = """
function response(status) if status ~= 425 then print(status); os.exit(1) end end
local lines
function init(args) lines = io.lines("%(file)s"); for skipped = 1, %(skip)d do lines() end end
function request()
  local token = lines()
  if not token then lines = io.lines("%(file)s"); token = lines() end
  return wrk.format("POST", "/push",
    {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token}, [[%(body)s]])
end
"""


class Load:
    """One run of wrk."""

    def __init__(self, folder, name, url, connections, seconds, script=None, threads=1):
        command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency"]
        if script:
            file = os.path.join(folder, name + ".lua")
            with open(file, "w", encoding="utf-8") as output:
                output.write(script)
            command += ["-s", file]
        self.process = subprocess.Popen(command + [url], stdout=subprocess.PIPE, text=True)

    def result(self):
        text = self.process.communicate()[0]
        return Result(text)


class Result:
    """What wrk printed."""

    def __init__(self, text):
        self.rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
        self.total = int(re.search(r"(\d+) requests in", text)[1])
        other = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        self.other_than_2xx = int(other[1]) if other else 0
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        self.socket_errors = sum(int(number) for number in errors.groups()) if errors else 0
        number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
        self.p99_milliseconds = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


if __name__ == "__main__":
    write_tokens(sys.argv[1], int(sys.argv[2]), sys.argv[3])
