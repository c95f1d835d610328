"""What the scenarios have in common: one project, steps in their order, and what the scripts are given."""

import json
import re

from google import NUMBER
from machine import Machine

DIGEST = "sha256:" + "1f" * 32
IMAGE = (f"--image=europe-docker.pkg.dev/somewhere/images/jitcleanup@{DIGEST}",)
# All that a shell, YAML or a template could take for something else.
ODD = r"""a: "b" \ $HOME `c` ${IMAGE} %{if} @ it's #d"""
# The audit log's, character by character.
FILTER = '''LOG_ID("cloudaudit.googleapis.com/activity")
protoPayload.serviceName="cloudresourcemanager.googleapis.com"
protoPayload.methodName:"SetIamPolicy"
NOT severity>=ERROR
NOT protoPayload.authenticationInfo.principalEmail="jitcleanup@@PROJECT@.iam.gserviceaccount.com"
NOT protoPayload.authenticationInfo.principalEmail:"@gcp-sa-pam.iam.gserviceaccount.com"'''
REQUIRED = ("--region=europe-west1", "--topic=jit-access", "--scopes=projects/prod-one1")
OFFLINE = ("--dry-run", "--offline", *REQUIRED)


class Scenario:
    """Steps in their order, each a test whose docstring is what it shows. They share one project."""

    project = ""

    def __init__(self, emulator):
        self.machine = Machine(emulator, self.project)
        self.google = self.machine.google
        self.recorder = self.machine.recorder
        self.agent = f"serviceAccount:service-{NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"
        self.runtime = f"serviceAccount:jitcleanup@{self.project}.iam.gserviceaccount.com"
        self.push = f"serviceAccount:jitcleanup-push@{self.project}.iam.gserviceaccount.com"

    @classmethod
    def tests(cls):
        return [test for name, test in vars(cls).items() if callable(test) and not name.startswith("_") and test.__doc__]

    def script(self, name, *arguments, **environment):
        """Runs one of the scripts: what it printed, and the calls that it made."""
        self.recorder.take()
        result = self.machine.run(f"deploy/{name}.sh", f"--project-id={self.project}", *arguments, **environment)
        return result, self.recorder.take()

    def succeeds(self, name, *arguments, **environment):
        result, calls = self.script(name, *arguments, **environment)
        assert result.returncode == 0, f"exit code {result.returncode}: {result.stdout}{result.stderr}"
        assert not self.recorder.unknown, f"calls that the stand-in does not know: {self.recorder.unknown}"
        return result, [call for call in calls if call.changes]

    def paste(self, *settings):
        """The changes made by a shell into which the output of an offline dry run is pasted."""
        result, calls = self.script("deploy", "--dry-run", "--offline", *settings)
        equal((result.returncode, calls, "Warning" in result.stderr), (0, [], False))
        pasted = self.machine.run("bash", "-euc", result.stdout)
        assert pasted.returncode == 0, pasted.stderr
        equal(self.recorder.unknown, [])
        return [call for call in self.recorder.take() if call.changes]

    def subscription(self, name="jitcleanup"):
        """The subscription as gcloud describes it."""
        result = self.machine.run(
            "gcloud", "pubsub", "subscriptions", "describe", name, f"--project={self.project}", "--format=json"
        )
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def environment_of_service(self):
        container = self.google.services["jitcleanup"]["spec"]["template"]["spec"]["containers"][0]
        return {entry["name"]: entry.get("value", "") for entry in container["env"]}


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def paths(calls):
    return [re.sub(r"^\S+ [^/]*", f"{call.method} ", repr(call)) for call in calls]
