"""deploy/deploy.sh and deploy/destroy.sh before a stand-in for Google: what they call, and what is there afterwards."""

import io
import json
import pathlib
import re
import shutil
import tarfile

from google import NUMBER
from machine import ROOT, Machine, Skip
from recorder import Refusal

DIGEST = "sha256:" + "1f" * 32


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


class Settings(Scenario):
    """What is wrong with settings, and the dry run: without any call."""

    project = "settings-project"

    def all_faults_together(self):
        """All faults in the settings are reported together, before the first call, with exit code 64"""
        result, calls = self.script(
            "deploy",
            "--region=nowhere",
            "--topic=a b",
            "--scopes=folders/1,teams/2",
            "--hold-seconds=601",
            "--max-retry-delay=10m",
            "--announce=perhaps",
            "--set=PORT=80",
            "--set=lower=1",
            "--frobnicate",
        )
        equal(result.returncode, 64)
        equal(calls, [])
        named = ("REGION", "TOPIC", "'teams/2'", "ROLE_ORGANIZATION", "HOLD_SECONDS", "MAX_RETRY_DELAY", "ANNOUNCE", "PORT")
        for fault in (*named, "lower=1", "--frobnicate"):
            assert fault in result.stderr, f"{fault} is not among the faults: {result.stderr}"

    def missing_settings(self):
        """What is missing is named"""
        result = self.machine.run("deploy/deploy.sh")
        equal(result.returncode, 64)
        for name in ("PROJECT_ID", "REGION", "TOPIC", "SCOPES"):
            assert f"{name} is missing" in result.stderr, result.stderr

    def deadline(self):
        """An acknowledgement deadline that is too short for request timeout and hold is refused"""
        result, calls = self.script("deploy", *OFFLINE, "--hold-seconds=60", "--ack-deadline=110")
        equal((result.returncode, calls), (64, []))
        assert "must be less than ACK_DEADLINE" in result.stderr, result.stderr

    def announcing_in_a_circle(self):
        """The topic that is read may not be the quarantine topic as well"""
        result, _ = self.script("deploy", *OFFLINE, "--quarantine-topic=jit-access")
        equal(result.returncode, 64)

    def hold_capacity(self):
        """Held pushes may not take all places of an instance"""
        result, _ = self.script("deploy", *OFFLINE, "--hold-capacity=80")
        equal(result.returncode, 64)

    def other_organisation(self):
        """A role of one organisation is refused for another"""
        result, _ = self.script("deploy", *OFFLINE, "--scopes=organizations/7", "--role-organization=99")
        equal(result.returncode, 64)

    def control_characters(self):
        """A line break in a setting is refused: it could become a line of the service's definition"""
        result, _ = self.script("deploy", *OFFLINE, "--set=A=b\n- name: DRY_RUN")
        equal(result.returncode, 64)
        result, _ = self.script("deploy", *OFFLINE, LOG_LEVEL="info\ninfo")
        equal(result.returncode, 64)

    def environment_and_flags(self):
        """Settings come from flags or variables; a flag counts for more, an empty variable for nothing"""
        result, calls = self.script(
            "deploy", *OFFLINE, "--ack-deadline=90", ACK_DEADLINE="80", SERVICE="other", SUBSCRIPTION=""
        )
        equal((result.returncode, calls), (0, []))
        assert "--ack-deadline=90" in result.stdout, result.stdout
        assert "subscriptions create jitcleanup " in result.stdout, result.stdout
        assert '"https://other-$PROJECT_NUMBER.europe-west1.run.app/push' in result.stdout.replace("--push-endpoint=", "")

    def docker(self):
        """An image may be built here: for the processor of Cloud Run, and without the Cloud Build API"""
        result, _ = self.script("deploy", *OFFLINE, "--builder=docker")
        assert re.search(r"^docker build --platform=linux/amd64 --tag=\S+:source-[0-9a-f]{16} \.$", result.stdout, re.M)
        assert re.search(r"^docker push \S+:source-[0-9a-f]{16}$", result.stdout, re.M), result.stdout
        assert "cloudbuild" not in result.stdout, result.stdout

    def filter(self):
        """There is no filter unless one is asked for"""
        result, _ = self.script("deploy", *OFFLINE)
        assert "--message-filter" not in result.stdout
        result, _ = self.script("deploy", *OFFLINE, '--message-filter=attributes.origin = "jit-binding"')
        assert """'--message-filter=attributes.origin = "jit-binding"'""" in result.stdout, result.stdout

    def unconfirmed(self):
        """destroy.sh asks, and without an answer deletes nothing"""
        result, calls = self.script("destroy", *REQUIRED)
        equal((result.returncode, calls), (1, []))


    def terraform(self):
        """Terraform makes the same service of deploy/service.yaml, and its files are formatted"""
        if not shutil.which("terraform"):
            raise Skip("terraform is not installed")
        formatted = self.machine.run("terraform", f"-chdir={ROOT}/deploy/terraform", "fmt", "-check", "-diff")
        equal((formatted.returncode, formatted.stdout), (0, ""))
        printed, _ = self.script("deploy", *OFFLINE, *IMAGE, "--hold-seconds=540", "--set", f"EXTRA={ODD}")
        # The parts of the configuration that need nothing of Google's provider, in a folder of their own.
        folder = pathlib.Path(self.machine.folder, "deploy", "terraform")
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "deploy/service.yaml", folder.parent)
        for name in ("variables.tf", "service_definition.tf"):
            shutil.copy(ROOT / "deploy/terraform" / name, folder)
        (folder / "rest.tf").write_text(
            f"""
            locals {{ project_number = "{NUMBER}" }}
            output "environment" {{ value = {{ for entry in local.environment : entry.name => entry.value }} }}
            output "timeout" {{ value = local.template.spec.timeoutSeconds }}
            """
        )
        variables = {
            "project_id": self.project,
            "region": "europe-west1",
            "topic": f"projects/{self.project}/topics/jit-access",
            "scopes": ["projects/prod-one1"],
            "image": IMAGE[0].partition("=")[2],
            "settings": {"HOLD_SECONDS": "540", "EXTRA": ODD},
        }
        (folder / "terraform.tfvars.json").write_text(json.dumps(variables))
        for command in (["init"], ["apply", "-auto-approve"], ["output", "-json"]):
            result = self.machine.run("terraform", f"-chdir={folder}", *command, "-no-color")
            assert result.returncode == 0, result.stdout + result.stderr
        outputs = {name: output["value"] for name, output in json.loads(result.stdout).items()}
        definition = re.search(r"<<END\n(.*?)\nEND\n", printed.stdout, re.S)[1]
        # The shell's view of the printed lines.
        definition = re.sub(r"\\([\\$`])", r"\1", definition).replace("$PROJECT_NUMBER", NUMBER)
        pairs = re.findall(r'- name: ([A-Z_]+)\n +value: (".*")', definition)
        environment = {name: json.loads(value) for name, value in pairs}
        equal(outputs["environment"], {name: value for name, value in environment.items() if value})
        equal((environment["EXTRA"], outputs["timeout"]), (ODD, 600))


IMAGE = (f"--image=europe-docker.pkg.dev/somewhere/images/jitcleanup@{DIGEST}",)
# All that a shell, YAML or a template could take for something else.
ODD = r"""a: "b" \ $HOME `c` ${IMAGE} %{if} @ it's #d"""
REQUIRED = ("--region=europe-west1", "--topic=jit-access", "--scopes=projects/prod-one1")
OFFLINE = ("--dry-run", "--offline", *REQUIRED)


class Whole(Scenario):
    """All that there is: a folder, quarantine, dead letters, and an image built by Cloud Build."""

    project = "whole-project"
    settings = (
        "--region=europe-west1",
        "--topic=jit-access",
        "--scopes=folders/4321,projects/prod-one1",
        "--role-organization=99",
        "--quarantine-topic=jit-quarantine",
        "--dead-letter-topic=jit-dead",
        "--allowed-projects=prod-*,staging-1",
        "--set",
        f"EXTRA={ODD}",
    )

    def pasted(self):
        """What an offline dry run prints can be pasted into a shell, which then makes everything"""
        result, calls = self.script("deploy", "--dry-run", "--offline", *self.settings)
        equal((result.returncode, calls), (0, []))
        pasted = self.machine.run("bash", "-euc", result.stdout)
        assert pasted.returncode == 0, pasted.stderr
        self.calls = [call for call in self.recorder.take() if call.changes]
        equal(self.recorder.unknown, [])

    def role(self):
        """The role has two permissions, and is kept in the organisation, since folders have none"""
        equal(list(self.google.roles), ["organizations/99/roles/jitcleanup"])
        role = self.google.roles["organizations/99/roles/jitcleanup"]
        permissions = ["resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy"]
        equal((role["includedPermissions"], role["stage"]), (permissions, "GA"))

    def members(self):
        """Each account gets the roles it needs, on nothing wider than what it needs them for"""
        role = "organizations/99/roles/jitcleanup"
        project = f"projects/{self.project}"
        push = self.push.partition(":")[2]
        expected = {
            ("folders/4321", role): [self.runtime],
            ("projects/prod-one1", role): [self.runtime],
            (f"accounts/{push}", "roles/iam.serviceAccountTokenCreator"): [self.agent],
            (f"{project}/topics/jit-access", "roles/pubsub.publisher"): [self.runtime],
            (f"{project}/topics/jit-quarantine", "roles/pubsub.publisher"): [self.runtime],
            (f"{project}/topics/jit-dead", "roles/pubsub.publisher"): [self.agent],
            (f"{project}/subscriptions/jitcleanup", "roles/pubsub.subscriber"): [self.agent],
            ("services/jitcleanup", "roles/run.invoker"): [self.push],
        }
        actual = {
            (resource, binding["role"]): binding["members"]
            for resource, policy in self.google.policies.items()
            for binding in policy.get("bindings", [])
        }
        equal(actual, expected)

    def image(self):
        """Cloud Build gets the sources that the Dockerfile copies and nothing else, and the service its image by digest"""
        (archive,) = self.google.objects.values()
        names = {name.split("/")[0] for name in tarfile.open(fileobj=io.BytesIO(archive)).getnames()}
        equal(names, {"Dockerfile", "Package.swift", "Sources", "Tests"})
        container = self.google.services["jitcleanup"]["spec"]["template"]["spec"]["containers"][0]
        repository = f"europe-west1-docker.pkg.dev/{self.project}/jitcleanup/jitcleanup"
        equal(container["image"], f"{repository}@sha256:{1:064x}")

    def service(self):
        """The service runs as its own account, open from inside only, with each setting as it was given"""
        service = self.google.services["jitcleanup"]
        template = service["spec"]["template"]["spec"]
        equal(service["metadata"]["annotations"]["run.googleapis.com/ingress"], "internal")
        equal(f"serviceAccount:{template['serviceAccountName']}", self.runtime)
        equal(template["timeoutSeconds"], 60)
        environment = self.environment_of_service()
        address = f"https://jitcleanup-{NUMBER}.europe-west1.run.app"
        expected = {
            "PUSH_AUDIENCE": address,
            "PUSH_SERVICE_ACCOUNT": self.push.partition(":")[2],
            "PUBSUB_SUBSCRIPTION_PATH": f"projects/{self.project}/subscriptions/jitcleanup",
            "PUBSUB_TOPIC_NAME": f"projects/{self.project}/topics/jit-access",
            "QUARANTINE_TOPIC_NAME": f"projects/{self.project}/topics/jit-quarantine",
            "MAX_DELIVERY_ATTEMPTS": "100",
            "MESSAGE_RETENTION_SECONDS": "604800",
            "DRY_RUN": "false",
            "ALLOWED_PROJECTS": "prod-*,staging-1",
            "EXTRA": ODD,
        }
        equal({name: environment.get(name) for name in expected}, expected)

    def described(self):
        """The subscription is as it has to be, says gcloud of the emulator's"""
        address = f"https://jitcleanup-{NUMBER}.europe-west1.run.app"
        expected = {
            "name": f"projects/{self.project}/subscriptions/jitcleanup",
            "topic": f"projects/{self.project}/topics/jit-access",
            "ackDeadlineSeconds": 60,
            "expirationPolicy": {},
            "messageRetentionDuration": "604800s",
            "retainAckedMessages": True,
            "retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "600s"},
            "pushConfig": {
                "pushEndpoint": f"{address}/push",
                "oidcToken": {"audience": address, "serviceAccountEmail": self.push.partition(":")[2]},
            },
            "deadLetterPolicy": {
                "deadLetterTopic": f"projects/{self.project}/topics/jit-dead",
                "maxDeliveryAttempts": 100,
            },
            "labels": {"managed-by": "jitcleanup"},
        }
        actual = self.subscription()
        actual.pop("state", None)
        equal(actual, expected)

    def kept(self):
        """Quarantined and dead messages wait in subscriptions that never expire, for 31 days"""
        made = {call.path.split("/")[-1]: call.body for call in self.calls if "/subscriptions/jit-" in call.path}
        made = {name: (body["messageRetentionDuration"], body["expirationPolicy"]) for name, body in made.items() if "topic" in body}
        equal(made, {"jit-quarantine": ("2678400s", {}), "jit-dead": ("2678400s", {})})

    def again(self):
        """A run on top of that changes nothing"""
        result, changes = self.succeeds("deploy", *self.settings)
        equal(paths(changes), [])
        assert "Nothing to change." in result.stderr, result.stderr

    def changed(self):
        """Changed settings change the service and the subscription, once each, and nothing else"""
        without_dead_letters = [setting for setting in self.settings if "dead-letter" not in setting]
        _, changes = self.succeeds(
            "deploy", *without_dead_letters, "--hold-seconds=540", "--min-retry-delay=20", DRY_RUN="true"
        )
        namespace = f"/apis/serving.knative.dev/v1/namespaces/{self.project}/services/jitcleanup"
        equal(paths(changes), [f"PUT {namespace}", f"PATCH /v1/projects/{self.project}/subscriptions/jitcleanup"])
        equal(self.google.services["jitcleanup"]["spec"]["template"]["spec"]["timeoutSeconds"], 600)
        environment = self.environment_of_service()
        equal((environment["HOLD_SECONDS"], environment["DRY_RUN"]), ("540", "true"))
        equal(environment["MAX_DELIVERY_ATTEMPTS"], "")
        subscription = self.subscription()
        equal(subscription["ackDeadlineSeconds"], 600)
        equal(subscription["retryPolicy"], {"minimumBackoff": "20s", "maximumBackoff": "600s"})
        assert "deadLetterPolicy" not in subscription, subscription

    def by_hand(self):
        """What was changed by hand or has failed is put right by the next run, and the image built anew if asked for"""
        service = self.google.services["jitcleanup"]
        service["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = "https://other.example"
        service["status"]["conditions"][0]["status"] = "False"
        role = self.google.roles["organizations/99/roles/jitcleanup"]
        role["includedPermissions"].append("resourcemanager.projects.delete")
        self.machine.run(
            "gcloud", "pubsub", "subscriptions", "update", "jitcleanup", f"--project={self.project}",
            "--ack-deadline=77", "--push-endpoint=https://other.example/push",
        )  # fmt: skip
        self.succeeds("deploy", *self.settings, "--rebuild")
        address = f"https://jitcleanup-{NUMBER}.europe-west1.run.app"
        equal(self.environment_of_service()["PUSH_AUDIENCE"], address)
        container = self.google.services["jitcleanup"]["spec"]["template"]["spec"]["containers"][0]
        assert container["image"].endswith(f"@sha256:{2:064x}"), container["image"]
        equal(len(role["includedPermissions"]), 2)
        subscription = self.subscription()
        equal((subscription["ackDeadlineSeconds"], subscription["pushConfig"]["pushEndpoint"]), (60, f"{address}/push"))
        equal(subscription["deadLetterPolicy"]["maxDeliveryAttempts"], 100)


class There(Scenario):
    """A small one: JIT Access's topic is there, in a project of its own, and so is the image."""

    project = "small-project"
    topic = "projects/jit-project/topics/jit-access"
    settings = (
        "--region=europe-west1",
        f"--topic={topic}",
        "--scopes=projects/prod-one1",
        *IMAGE,
        "--announce=false",
    )

    def refused(self):
        """A look-up that is refused ends the run: it does not count as 'not there'"""
        self.recorder.refuse_once("GET iam.*serviceAccounts", Refusal(403, "PERMISSION_DENIED", "not found, or not yours"))
        result, calls = self.script("deploy", *self.settings)
        equal(result.returncode, 1)
        equal([call for call in calls if call.changes and "serviceAccounts" in call.path], [])

    def slow_propagation(self):
        """An account that is not known everywhere yet is waited for; a run that failed goes on when it is run again"""
        self.machine.run("gcloud", "pubsub", "topics", "create", self.topic)
        self.recorder.refuse_once(
            "prod-one1:setIamPolicy",
            Refusal(400, "INVALID_ARGUMENT", f"Service account {self.runtime.partition(':')[2]} does not exist."),
        )
        self.recorder.refuse_once("POST .*run.*/services$", Refusal(400, "INVALID_ARGUMENT", "Something is wrong"))
        result, _ = self.script("deploy", *self.settings)
        assert "again in 0 s" in result.stderr, result.stderr
        equal(self.google.members("projects/prod-one1", "projects/prod-one1/roles/jitcleanup"), [self.runtime])
        equal((result.returncode, list(self.google.services)), (1, []))
        _, changes = self.succeeds("deploy", *self.settings)
        equal([call.method for call in changes], ["POST", "POST", "PUT"])
        equal(list(self.google.services), ["jitcleanup"])

    def without(self):
        """Nothing is built, published or allowed to publish that was not asked for"""
        equal((self.google.repositories, self.google.builds, self.google.objects), ({}, {}, {}))
        equal(self.environment_of_service()["PUBSUB_TOPIC_NAME"], "")
        equal(self.google.members(self.topic, "roles/pubsub.publisher"), [])
        equal(self.subscription()["topic"], self.topic)
        apis = {name.split(".")[0] for name in self.google.enabled}
        equal(apis, {"cloudresourcemanager", "iam", "pubsub", "run"})

    def immutable(self):
        """Another topic or filter for the subscription is refused before anything is changed"""
        changed = [setting for setting in self.settings if not setting.startswith("--topic")]
        for wrong in (
            (*changed, "--topic=jit-access"),
            (*self.settings, '--message-filter=attributes.origin = "jit-binding"'),
        ):
            result, calls = self.script("deploy", *wrong, "--service=other")
            equal((result.returncode, [call for call in calls if call.changes]), (1, []))

    def someone_elses_role(self):
        """A role of the same ID that someone else made is neither changed nor deleted"""
        self.google.roles["projects/prod-one1/roles/their_role"] = {
            "name": "projects/prod-one1/roles/their_role", "description": "Ours", "includedPermissions": ["a.b.c"], "stage": "GA",
        }  # fmt: skip
        result, calls = self.script("deploy", *self.settings, "--role-id=their_role")
        equal((result.returncode, [call for call in calls if call.changes]), (1, []))

    def planned(self):
        """A dry run of destroy.sh prints what it would delete, and deletes nothing"""
        result, changes = self.succeeds("destroy", *self.settings, "--dry-run")
        equal(changes, [])
        equal(
            [line.split(" ")[1:4] for line in result.stdout.splitlines()],
            [
                ["pubsub", "subscriptions", "delete"],
                ["run", "services", "delete"],
                ["projects", "remove-iam-policy-binding", "prod-one1"],
                ["iam", "roles", "delete"],
                ["iam", "service-accounts", "delete"],
                ["iam", "service-accounts", "delete"],
            ],
        )

    def destroyed(self):
        """destroy.sh takes back all that deploy.sh made, and leaves the topic that it found"""
        result, _ = self.succeeds("destroy", *self.settings, "--yes")
        equal((self.google.services, self.google.accounts), ({}, {}))
        equal([role.get("deleted") for role in self.google.roles.values()], [True, None])
        equal(self.google.members("projects/prod-one1", "projects/prod-one1/roles/jitcleanup"), [])
        assert f"Kept: the topic {self.topic}" in result.stderr, result.stderr
        topic = self.machine.run("gcloud", "pubsub", "topics", "describe", self.topic)
        equal(topic.returncode, 0)

    def destroyed_again(self):
        """destroy.sh on top of that changes nothing"""
        _, changes = self.succeeds("destroy", *self.settings, "--yes")
        equal(changes, [])

    def deployed_again(self):
        """Deployed after that, the deleted role is brought back, since its ID cannot be taken again"""
        _, changes = self.succeeds("deploy", *self.settings)
        roles = [path for path in paths(changes) if "/roles" in path]
        equal(roles, ["POST /v1/projects/prod-one1/roles/jitcleanup:undelete"])
        equal(self.google.members("projects/prod-one1", "projects/prod-one1/roles/jitcleanup"), [self.runtime])


SCENARIOS = (Settings, Whole, There)
