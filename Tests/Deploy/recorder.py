"""Stands in for Google's APIs behind gcloud: an HTTP proxy on loopback that answers as they do and writes down each call.

gcloud is given `http://HOST/` as the endpoint of each API and this server as its proxy. So it sends every call here,
with the host that it is for, those of regional endpoints included, and none can get out. Calls of Pub/Sub go on to the
real emulator, but for access policies, which that does not have.
"""

import http.client
import http.server
import json
import re
import threading
import urllib.parse


class Call:
    """One call, as gcloud made it."""

    def __init__(self, method, host, path, query, body):
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.raw = body

    @property
    def body(self):
        return json.loads(self.raw) if self.raw else {}

    @property
    def changes(self):
        """Whether it changes anything: access policies and permissions are also read by POST."""
        return self.method != "GET" and not self.path.endswith((":getIamPolicy", ":testIamPermissions"))

    def __repr__(self):
        return f"{self.method} {self.host}{self.path}"


class Refusal(Exception):
    """An error answer in Google's form."""

    def __init__(self, code, status, message, reason=None):
        super().__init__(message)
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
        self.code = code
        self.answer = {"error": {"code": code, "status": status, "message": message, "details": details}}


def not_found(what):
    return Refusal(404, "NOT_FOUND", f"{what} was not found.")


class Recorder:
    """The proxy, its APIs, and the calls so far.

    - apis: functions by host (the region in front taken away); each takes a Call and returns the answer's object, bytes,
      or a (headers, object) pair, raises Refusal, or returns None for a path that it does not know.
    """

    def __init__(self, apis, emulator):
        self.calls = []
        self.unknown = []
        self.faults = []
        self.retentions = {}
        self.lock = threading.Lock()
        self.apis = apis
        self.emulator = emulator
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_call(self):
                length = int(self.headers.get("Content-Length") or 0)
                url = urllib.parse.urlsplit(self.path)
                call = Call(
                    self.command,
                    url.hostname or "",
                    urllib.parse.unquote(url.path),
                    dict(urllib.parse.parse_qsl(url.query)),
                    self.rfile.read(length),
                )
                code, headers, body = recorder.answer(call, url)
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_call

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def refuse_once(self, pattern, refusal):
        """The next call that matches, as "METHOD host/path", is refused."""
        self.faults.append((re.compile(pattern), refusal))

    def answer(self, call, url):
        with self.lock:
            self.calls.append(call)
            try:
                for fault in self.faults:
                    if fault[0].search(repr(call)):
                        self.faults.remove(fault)
                        raise fault[1]
                host = re.sub(r"^[a-z]+-[a-z]+[0-9]+-", "", call.host)
                if host == "pubsub.googleapis.com" and not re.search(r":(get|set|test)Iam", call.path):
                    return self.forward(call, url)
                answer = self.apis.get(host, lambda call: None)(call)
                if answer is None:
                    self.unknown.append(call)
                    raise not_found(f"What {call!r} asks for")
                headers, answer = answer if isinstance(answer, tuple) else ({}, answer)
                if isinstance(answer, bytes):
                    return 200, {"Content-Type": "application/octet-stream", **headers}, answer
                return 200, {"Content-Type": "application/json", **headers}, json.dumps(answer).encode()
            except Refusal as refusal:
                return refusal.code, {"Content-Type": "application/json"}, json.dumps(refusal.answer).encode()

    def forward(self, call, url):
        connection = http.client.HTTPConnection(self.emulator, timeout=30)
        target = url.path + (f"?{url.query}" if url.query else "")
        connection.request(call.method, target, self.bounded(call), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        kept = self.retentions.get(call.path)
        if kept and answer.status == 200:
            body = json.dumps({**json.loads(body), "messageRetentionDuration": kept}).encode()
        return answer.status, {"Content-Type": "application/json"}, body

    def bounded(self, call):
        """The body, with a retention that the emulator takes: it knows 7 days at most, Pub/Sub 31."""
        if call.method not in ("PUT", "PATCH"):
            return call.raw or None
        body = call.body
        subscription = body["subscription"] if isinstance(body.get("subscription"), dict) else body
        if subscription.get("messageRetentionDuration") == "2678400s":
            self.retentions[call.path] = subscription["messageRetentionDuration"]
            subscription["messageRetentionDuration"] = "604800s"
        return json.dumps(body)

    def take(self):
        """The calls since the last time."""
        with self.lock:
            calls, self.calls = self.calls, []
            return calls
