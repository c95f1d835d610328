"""What the benchmarks share: the service as a process, with a key server of its own, and pushes with good tokens."""

import base64
import http.server
import json
import multiprocessing
import os
import socket
import subprocess
import time

AUDIENCE = "https://benchmark.example/push"
ACCOUNT = "pusher@benchmark.iam.gserviceaccount.com"
SUBSCRIPTION = "projects/benchmark/subscriptions/push"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def run(command, data=None):
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


class Key:
    """A throw-away RSA key in a file, used through the openssl command."""

    def __init__(self, folder):
        self.file = os.path.join(folder, "key.pem")
        run(["openssl", "genrsa", "-out", self.file, "2048"])
        text = run(["openssl", "rsa", "-in", self.file, "-noout", "-modulus"]).decode()
        self.modulus = bytes.fromhex(text.split("=")[1])

    def jwks(self):
        key = {
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "benchmark",
            "n": base64url(self.modulus), "e": "AQAB",
        }
        return json.dumps({"keys": [key]}).encode()

    def token(self):
        """A token like Google's: what is signed, and the signature."""
        now = int(time.time())
        header = {"alg": "RS256", "kid": "benchmark", "typ": "JWT"}
        claims = {
            "aud": AUDIENCE, "azp": "1", "email": ACCOUNT, "email_verified": True, "exp": now + 3600,
            "iat": now, "iss": "https://accounts.google.com", "sub": "1",
        }
        signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
        signature = run(["openssl", "dgst", "-sha256", "-sign", self.file], signed.encode())
        return signed, base64url(signature)


def envelope(data, message_id="1"):
    """The body of a push, as Pub/Sub wraps a message."""
    published = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    message = {
        "data": base64.b64encode(data).decode(), "messageId": message_id, "message_id": message_id,
        "publishTime": published, "publish_time": published,
    }
    return json.dumps({"message": message, "subscription": SUBSCRIPTION}).encode()


def serve_keys(jwks):
    """Serves the keys in a process of its own, which does not hold up this one's clock; returns the port."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Cache-Control", "public, max-age=20000")
            self.send_header("Content-Length", str(len(jwks)))
            self.end_headers()
            self.wfile.write(jwks)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True).start()
    port = server.server_port
    server.socket.close()
    return port


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_service(binary, key_port, port, **settings):
    """Starts the service with these settings, and returns once it listens."""
    environment = dict(
        os.environ, PORT=str(port), LISTEN_ADDRESS="127.0.0.1", PUSH_AUDIENCE=AUDIENCE, PUSH_SERVICE_ACCOUNT=ACCOUNT,
        JWKS_URL=f"http://127.0.0.1:{key_port}/keys", PROJECT_ID="benchmark-project", LOG_FORMAT="json", **settings,
    )
    service = subprocess.Popen([binary, "serve"], env=environment, stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return service
        except OSError:
            time.sleep(0.05)
    service.kill()
    raise SystemExit("the service does not listen")
