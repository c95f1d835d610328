"""Where the commands run: a copy of the repository, the real gcloud before the recorder and the Pub/Sub emulator, and
jitcleanup before the stand-in for Google that the demo leaves running."""

import base64
import json
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Deploy"))

from machine import ROOT, Machine  # noqa: E402

PROJECT = "my-project"
TOPIC = f"projects/{PROJECT}/topics/jit-access"
PLACEHOLDERS = {
    "...": f"--project-id={PROJECT} --region=europe-west1 --topic=jit-access --scopes=projects/prod-1",
    "PROJECT": PROJECT,
    "TOPIC": "jit-access",
    "SUBSCRIPTION": "jitcleanup",
    "QUARANTINE_TOPIC": "jit-quarantine",
    "QUEUE": "jitcleanup",
    "TASK": "task-1",
    "LOCATION": "europe-west1",
    "REGION": "europe-west1",
    "WEBHOOK_URL": "https://chat.example.com/hook",
    "N": "1",
}
# What jitcleanup's examples name, and the demo's organization has.
RESOURCES = {
    "my-project": "data-exports",
    "other-project": "data-warehouse",
    "folders/1234": "folders/1001",
    "folders/5678": "folders/1002",
}
GRANT = {"start_time": "2026-01-31T10:00:00Z", "end_time": "2026-01-31T11:00:00Z"}
MESSAGE = {
    "type": "ActivationSelfApproved",
    "attributes": {
        "role": "roles/compute.viewer", "beneficiary": "alice@example.com", "project_id": "shop-production", "justification": "x",
        **GRANT,
    },
}  # fmt: skip
POLICY = {
    "version": 3,
    "bindings": [
        {
            "role": "roles/compute.viewer",
            "members": ["user:alice@example.com"],
            "condition": {
                "title": "JIT access activation",
                "expression": '(request.time >= timestamp("{start_time}") && request.time < timestamp("{end_time}"))'.format(**GRANT),
            },
        }
    ],
}
DATA = base64.b64encode(json.dumps(MESSAGE).encode()).decode()
ATTRIBUTES = {"a": "1"}
PUSH = {"message": {"data": DATA, "messageId": "1"}, "subscription": f"projects/{PROJECT}/subscriptions/jitcleanup"}
AUDIT_ENTRY = ROOT / "Tests/Vectors/audit-log/01-jit-access-activation.json"


class Place:
    def __init__(self, emulator, demo):
        self.emulator = emulator
        self.machine = Machine(emulator, PROJECT)
        self.recorder = self.machine.recorder
        self.google = self.machine.google
        for name in (f"projects/{PROJECT}", "projects/prod-1", "organizations/123456789000"):
            self.google.policies[name] = {"version": 1}
        self.google.policies["projects/shop-production"] = POLICY
        self.google.enabled.add("cloudtasks.googleapis.com")
        self.google.queues[f"projects/{PROJECT}/locations/europe-west1/queues/jitcleanup"] = {"state": "RUNNING"}
        self.google.apis["logging.googleapis.com"] = self.logging
        self.google.apis["cloudtasks.googleapis.com"] = self.cloud_tasks
        self.google.apis["run.googleapis.com"] = self.cloud_run
        self.google.apis["cloudscheduler.googleapis.com"] = lambda call: {"state": "PAUSED"}
        self.folder = tempfile.mkdtemp()
        shutil.copytree(ROOT, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".build*", ".git"))
        home = pathlib.Path(self.machine.folder)
        # As zsh and fish make them; curl has calls of Google recorded as well.
        for name in (".zfunc", ".config/fish/completions"):
            (home / name).mkdir(parents=True)
        (home / ".curlrc").write_text(f"proxy = 127.0.0.1:{self.recorder.port}\n")
        (home / "token").write_text("a-token")
        self.pubsub("PUT", TOPIC, {})
        self.pubsub("PUT", f"projects/{PROJECT}/topics/jit-quarantine", {})
        self.pubsub("PUT", f"projects/{PROJECT}/subscriptions/jitcleanup", {"topic": TOPIC, "retainAckedMessages": True})
        self.start_demo(demo)
        self.environment = {
            **self.machine.environment,
            **self.demo_environment,
            "PATH": f"{self.binaries}:{self.machine.environment['PATH']}",
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(home / "token"),
            "CLOUDSDK_CORE_PROJECT": PROJECT,
            "COLUMNS": "80",
            "PORT": "0",
        }

    def start_demo(self, program):
        """The demo prints the environment that leads to its stand-in, and where the program is."""
        self.demo = subprocess.Popen(
            [ROOT / program, "--keep-running"], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        self.demo_environment = {}
        for line in self.demo.stdout:
            if line.startswith("export ") and "RESOURCE_MANAGER_URL=" in line:
                self.demo_environment = dict(word.split("=", 1) for word in shlex.split(line)[1:])
            if match := re.match(r"(\S+)/jitcleanup list ", line):
                self.binaries = match[1]
            if line.startswith("Ctrl-C"):
                return
        raise RuntimeError(f"the demo ended with {self.demo.wait()} before it printed an environment")

    def close(self):
        self.demo.send_signal(signal.SIGTERM)
        self.demo.wait(30)
        self.machine.close()
        shutil.rmtree(self.folder)

    def pubsub(self, method, path, body):
        url = f"http://{self.emulator}/v1/{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def logging(self, call):
        if call.path != "/v2/entries:list":
            return self.google.logging(call)
        if re.search("cloudaudit|protoPayload", call.body["filter"]):
            return {"entries": [json.loads(AUDIT_ENTRY.read_text())]}
        payload = {"event": "message.dropped", "data": DATA, "data_bytes": len(DATA), "attributes": ATTRIBUTES}
        return {"entries": [{"insertId": "1", "timestamp": "2026-01-31T11:00:00Z", "severity": "ERROR", "jsonPayload": payload}]}

    def cloud_tasks(self, call):
        if not call.path.endswith("/tasks/task-1"):
            return self.google.cloud_tasks(call)
        request = {"url": "https://jitcleanup.example/push", "body": base64.b64encode(json.dumps(PUSH).encode()).decode()}
        return {"name": call.path.removeprefix("/v2/"), "scheduleTime": GRANT["end_time"], "httpRequest": request}

    def cloud_run(self, call):
        if not re.search("/(jobs/jitcleanup-sweep|executions/)", call.path):
            return self.google.run(call)
        return {
            "apiVersion": "run.googleapis.com/v1",
            "kind": "Execution",
            "metadata": {"name": "jitcleanup-sweep-1", "namespace": PROJECT},
            "spec": {},
            "status": {"conditions": [{"type": "Completed", "status": "True"}]},
        }

    def prepare(self, text):
        """Makes what the command takes for granted."""
        if "subscriptions pull" in text:
            added = {"jitcleanup-quarantine-reason": "permission-denied", "jitcleanup-quarantine-message-id": "1"}
            message = {"messages": [{"data": DATA, "attributes": {**ATTRIBUTES, **added}}]}
            for topic in ("jit-access", "jit-quarantine"):
                self.pubsub("POST", f"projects/{PROJECT}/topics/{topic}:publish", message)
        for name in re.findall(r"(?<![>\w/-])[\w-]+\.json\b", text if "jitcleanup explain" in text else ""):
            file = pathlib.Path(self.folder, name)
            if not file.exists():
                file.write_text(json.dumps(POLICY | {"etag": "BwU="} if "policy" in name else PUSH))

    def filled_in(self, text):
        """With values for the placeholders. curl speaks HTTP to the recorder, and `serve` is ended.

        The scripts of deploy/ only print what they would run: Tests/Deploy and Tests/Monitoring have them run it.
        """
        values = {**PLACEHOLDERS, **(RESOURCES if text.startswith("jitcleanup") else {})}
        for name, value in values.items():
            text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w=-])", value, text)
        text = text.replace("https://pubsub.googleapis.com", "http://pubsub.googleapis.com")
        if text.startswith("deploy/"):
            text += " --dry-run" + (" --offline" if "deploy.sh" in text else "")
        return text.replace("jitcleanup serve", "timeout --preserve-status 5 jitcleanup serve")

    def run(self, text):
        """The result, and the calls of gcloud and curl."""
        text = self.filled_in(text)
        self.prepare(text)
        self.recorder.take()
        result = subprocess.run(
            # zsh has a list of folders for completions, whose first is number 1.
            ["bash", "-o", "pipefail", "-c", f"fpath=(- ~/.zfunc)\n{text}"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return result, self.recorder.take()
