"""What is wrong with settings, what a dry run prints, and what Terraform makes of the same: without any call."""

import json
import pathlib
import re
import shutil

from google import NUMBER
from machine import ROOT, Skip
from scenario import FILTER, IMAGE, ODD, OFFLINE, REQUIRED, Scenario, equal

RETIRED = ("CLEANUP_SCOPE", "HOLD_CAPACITY", "HOLD_SECONDS", "MAX_DELIVERY_ATTEMPTS", "NUM_MESSAGES")
ACTIVATION_REFUSED = "the service removes every expired binding in scope; a notice only says when to look"
RETENTION_REFUSED = "the longest retry delay (600 s) leaves no room to publish a waiting message again"
FILTER_REFUSED = "it would drop notices that are published again"
WITHOUT_TITLES = "only JIT Access's grants are removed, whatever else the audit log brings"
DEAD_LETTERS = 'a dead-letter policy counts every "not yet" (425) as a failed delivery, and so ends waits'


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
            "--request-timeout-seconds=601",
            "--max-retry-delay=10m",
            "--announce=perhaps",
            "--set=PORT=80",
            "--set=lower=1",
            "--frobnicate",
        )
        equal(result.returncode, 64)
        equal(calls, [])
        named = ("REGION", "TOPIC", "'teams/2'", "ROLE_ORGANIZATION", "REQUEST_TIMEOUT_SECONDS", "MAX_RETRY_DELAY")
        for fault in (*named, "ANNOUNCE", "PORT", "lower=1", "--frobnicate"):
            assert fault in result.stderr, f"{fault} is not among the faults: {result.stderr}"

    def missing_settings(self):
        """What is missing is named"""
        result = self.machine.run("deploy/deploy.sh")
        equal(result.returncode, 64)
        for name in ("PROJECT_ID", "REGION", "TOPIC", "SCOPES"):
            assert f"{name} is missing" in result.stderr, result.stderr

    def deadline(self):
        """An acknowledgement deadline that is too short for the request timeout is refused"""
        result, calls = self.script("deploy", *OFFLINE, "--request-timeout-seconds=110", "--ack-deadline=110")
        equal((result.returncode, calls), (64, []))
        assert "must be less than ACK_DEADLINE" in result.stderr, result.stderr

    def announcing_in_a_circle(self):
        """The topic that is read may not be the quarantine topic as well"""
        result, _ = self.script("deploy", *OFFLINE, "--quarantine-topic=jit-access")
        equal(result.returncode, 64)

    def clean_up_of_one_activation(self):
        """CLEANUP_SCOPE=activation is refused with the reason, however it is given"""
        for arguments, environment in (
            (["--cleanup-scope=activation"], {}),
            (["--set=CLEANUP_SCOPE=activation"], {}),
            ([], {"CLEANUP_SCOPE": "activation"}),
        ):
            result, calls = self.script("deploy", *OFFLINE, *arguments, **environment)
            equal((result.returncode, calls), (64, []))
            assert ACTIVATION_REFUSED in result.stderr, result.stderr

    def retention(self):
        """A retention below two hours is refused with the reason, and two hours are accepted"""
        result, calls = self.script("deploy", *OFFLINE, "--message-retention-seconds=7199")
        equal((result.returncode, calls), (64, []))
        assert RETENTION_REFUSED in result.stderr, result.stderr
        result, _ = self.script("deploy", *OFFLINE, "--message-retention-seconds=7200")
        equal(result.returncode, 0)
        assert "--message-retention-duration=7200s" in result.stdout, result.stdout

    def retired(self):
        """Settings of earlier versions change nothing, and a warning says so of each"""
        without, _ = self.script("deploy", *OFFLINE)
        assert "Warning" not in without.stderr, without.stderr
        result, _ = self.script(
            "deploy", *OFFLINE, "--cleanup-scope=project", "--set=NUM_MESSAGES=50", "--hold-capacity", "80", "--max-delivery-attempts=50",
            HOLD_SECONDS="540",
        )
        equal((result.returncode, result.stdout), (0, without.stdout))
        for name in RETIRED:
            assert name not in result.stdout, result.stdout
            assert f"Warning: {name} has no effect any more" in result.stderr, result.stderr

    def dead_letters(self):
        """A dead-letter topic is refused without a queue, since it ends waits; destroy.sh takes back an earlier one"""
        result, calls = self.script("deploy", *OFFLINE, "--dead-letter-topic=jit-dead", "--announce=perhaps")
        equal((result.returncode, calls), (64, []))
        for reason in (f"DEAD_LETTER_TOPIC is refused without TASK_QUEUE: {DEAD_LETTERS}", "ANNOUNCE"):
            assert reason in result.stderr, result.stderr
        result, calls = self.script("destroy", *REQUIRED, "--dead-letter-topic=jit-dead")
        equal((result.returncode, calls, "Nothing was deleted" in result.stderr), (1, [], True))

    def dead_letters_of_a_queue(self):
        """With a queue the dead-letter topic is taken without a warning, after 100 attempts whatever was asked for before"""
        arguments = (*OFFLINE, "--task-queue=jit-tasks", "--dead-letter-topic=jit-dead")
        result, _ = self.script("deploy", *arguments)
        equal((result.returncode, result.stderr.count("Warning")), (0, 0))
        assert "/topics/jit-dead --max-delivery-attempts=100" in result.stdout, result.stdout
        earlier, _ = self.script("deploy", *arguments, "--max-delivery-attempts=50")
        equal((earlier.returncode, earlier.stdout), (0, result.stdout))

    def queue_refusals(self):
        """What is wrong with the queue's settings is refused, and so is to set what follows from them"""
        queue = "--task-queue=jit-tasks"
        for arguments, reason in (
            (("--task-queue=jit_tasks",), "TASK_QUEUE is 'jit_tasks', which is not a queue's name"),
            (("--task-queue=projects/p/locations/l/queues/q",), "which is not a queue's name"),
            ((f"--task-queue={'q' * 101}",), "which is not a queue's name"),
            ((queue, "--task-location=europe"), "TASK_LOCATION is 'europe', which is not a region"),
            ((queue, "--set=TASK_QUEUE_PATH=x"), "--set TASK_QUEUE_PATH: it follows from the other settings"),
            ((queue, "--set=TASK_TARGET_URL=x"), "--set TASK_TARGET_URL: it follows"),
            ((queue, "--set=TASK_SERVICE_ACCOUNT=x"), "--set TASK_SERVICE_ACCOUNT: it follows"),
        ):
            result, calls = self.script("deploy", *OFFLINE, *arguments)
            equal((result.returncode, calls, reason in result.stderr, result.stderr), (64, [], True, result.stderr))
        result, _ = self.script("deploy", *OFFLINE, "--task-location=us-east1")
        assert "Warning: TASK_LOCATION has no effect without TASK_QUEUE" in result.stderr, result.stderr
        assert "us-east1" not in result.stdout, result.stdout

    def queue_beside_the_service(self):
        """The queue is in the service's region unless another is named"""
        result, _ = self.script("deploy", *OFFLINE, "--task-queue=jit-tasks")
        equal((result.returncode, result.stderr.count("Warning")), (0, 0))
        assert "gcloud tasks queues create jit-tasks --location=europe-west1 " in result.stdout, result.stdout
        assert f'value: "projects/{self.project}/locations/europe-west1/queues/jit-tasks"' in result.stdout, result.stdout

    def other_organization(self):
        """A role of one organization is refused for another"""
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
            "deploy", *OFFLINE, "--ack-deadline", "90", ACK_DEADLINE="80", SERVICE="other", SUBSCRIPTION=""
        )
        equal((result.returncode, calls), (0, []))
        assert "--ack-deadline=90" in result.stdout, result.stdout
        assert "subscriptions create jitcleanup " in result.stdout, result.stdout
        assert '"https://other-$PROJECT_NUMBER.europe-west1.run.app/push' in result.stdout.replace("--push-endpoint=", "")

    def nobody(self):
        """A dry run by nobody, without an account that is logged in, prints all commands as well"""
        offline, _ = self.script("deploy", *OFFLINE)
        result, calls = self.script("deploy", "--dry-run", *REQUIRED, CLOUDSDK_AUTH_DISABLE_CREDENTIALS="false")
        equal((result.returncode, calls, result.stdout), (0, [], offline.stdout))

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

    def audit_log_refusals(self):
        """What is wrong with the audit log's settings is refused with the reason, and what is right is accepted"""
        organization = ("--audit-log=organizations/99",)
        for arguments, reason in (
            (("--audit-log=99",), "AUDIT_LOG is '99', which is not organizations/NUMBER, folders/NUMBER or projects/ID"),
            ((*organization, "--message-filter=x"), FILTER_REFUSED),
            (("--resources=projects,buckets",), "CLEANUP_RESOURCES is 'projects,buckets'"),
            (("--resources=projects,folders",), "ROLE_ORGANIZATION is missing"),
            (("--resources=organizations",), "ROLE_ORGANIZATION is missing"),
            ((*organization, "--topic=jitcleanup-iam-changes"), "may not be jitcleanup-iam-changes, which is for the audit log"),
            ((*organization, "--subscription=jitcleanup-iam-changes"), "may not be jitcleanup-iam-changes"),
            ((*organization, "--quarantine-topic=jitcleanup-iam-changes"), "may not be the quarantine"),
        ):
            result, calls = self.script("deploy", *OFFLINE, *arguments)
            equal((result.returncode, calls, reason in result.stderr, result.stderr), (64, [], True, result.stderr))
        result, _ = self.script("deploy", *OFFLINE, *organization, "--resources=projects, folders", "--role-organization=99")
        equal((result.returncode, result.stderr.count("Warning")), (0, 0))
        permissions = [f"resourcemanager.{kind}.{verb}IamPolicy" for kind in ("folders", "projects") for verb in ("get", "set")]
        assert f"--permissions={','.join(permissions)} " in result.stdout, result.stdout

    def audit_log_without_titles(self):
        """A warning says that without titles only JIT Access's grants are removed, where JIT Access has no topic"""
        audited = [argument for argument in OFFLINE if not argument.startswith("--topic")] + ["--audit-log=projects/prod-one1"]
        result, _ = self.script("deploy", *audited)
        equal((result.returncode, WITHOUT_TITLES in result.stderr), (0, True))
        result, _ = self.script("deploy", *audited, "--set=BINDING_TITLES=expires_*")
        equal((result.returncode, "Warning" in result.stderr), (0, False))
        assert 'value: "expires_*"' in result.stdout, result.stdout

    def help_of_the_triggers(self):
        """The help says which trigger to choose, and what long grants cost"""
        result = self.machine.run("deploy/deploy.sh", "--help")
        printed = " ".join(result.stdout.split())
        for words in (
            "Choose one trigger", "costs two notices and one write", "grant of months thousands of times",
            "read from the audit log below it (see above); for grants of months, set --task-queue",
        ):  # fmt: skip
            assert words in printed, result.stdout

    def offline_in_earnest(self):
        """Without looking, nothing is done in earnest"""
        result, calls = self.script("deploy", "--offline", *REQUIRED)
        equal((result.returncode, calls), (64, []))

    def unconfirmed(self):
        """destroy.sh asks, and without an answer deletes nothing"""
        result, calls = self.script("destroy", *REQUIRED)
        equal((result.returncode, calls), (1, []))

    def terraform_refusals(self):
        """Terraform refuses CLEANUP_SCOPE=activation and a retention below two hours, with the reasons"""
        for variables, reason in (
            ({"settings": {"CLEANUP_SCOPE": "activation"}}, ACTIVATION_REFUSED),
            ({"message_retention_seconds": 7199}, RETENTION_REFUSED),
        ):
            status, printed, _ = self._terraform(**variables)
            equal(status, 1)
            assert reason in printed, printed
        status, printed, outputs = self._terraform(message_retention_seconds=7200)
        assert status == 0, printed
        equal(outputs["environment"]["MESSAGE_RETENTION_SECONDS"], "7200")

    def terraform_warnings(self):
        """Terraform warns of retired settings, and passes nothing of them to the service"""
        _, printed, without = self._terraform()
        assert "Warning" not in printed, printed
        old = {"CLEANUP_SCOPE": "project", "HOLD_CAPACITY": "80", "HOLD_SECONDS": "540", "NUM_MESSAGES": "50"}
        status, printed, outputs = self._terraform(settings=old, max_delivery_attempts=50, task_location="us-east1")
        equal((status, outputs), (0, without))
        for warning in (
            f"these have no effect any more: {', '.join(old)}.",
            "max_delivery_attempts has no effect any more: leave it out.",
            "task_location has no effect without task_queue.",
        ):
            assert warning in printed, printed

    def terraform_of_the_queue(self):
        """Terraform refuses of the queue what the script refuses, and gives the service the same path"""
        for variables, reason in (
            ({"dead_letter_topic": "jit-dead"}, f"dead_letter_topic is refused without task_queue: {DEAD_LETTERS}"),
            ({"task_queue": "jit_tasks"}, "This is not a queue's name."),
            ({"task_queue": "jit-tasks", "task_location": "europe"}, "This is not a region such as europe-west1."),
            ({"settings": {"TASK_TARGET_URL": "x"}}, "follow from other variables"),
        ):
            status, printed, _ = self._terraform(**variables)
            equal((status, reason in printed, printed), (1, True, printed))
        for location, variables in (("europe-west1", {"dead_letter_topic": "jit-dead"}), ("us-east1", {"task_location": "us-east1"})):
            status, printed, outputs = self._terraform(task_queue="jit-tasks", **variables)
            equal((status, "Warning" in printed, printed), (0, False, printed))
            equal(outputs["environment"]["TASK_QUEUE_PATH"], f"projects/{self.project}/locations/{location}/queues/jit-tasks")

    def terraform(self):
        """Terraform makes the same service of deploy/service.yaml, and its files are formatted"""
        status, printed, outputs = self._terraform(settings={"REQUEST_TIMEOUT_SECONDS": "595", "EXTRA": ODD})
        assert status == 0, printed
        formatted = self.machine.run("terraform", f"-chdir={ROOT}/deploy/terraform", "fmt", "-check", "-diff")
        equal((formatted.returncode, formatted.stdout), (0, ""))
        printed, _ = self.script("deploy", *OFFLINE, *IMAGE, "--request-timeout-seconds=595", "--set", f"EXTRA={ODD}")
        definition = re.search(r"<<END\n(.*?)\nEND\n", printed.stdout, re.S)[1]
        # The shell's view of the printed lines.
        definition = re.sub(r"\\([\\$`])", r"\1", definition).replace("$PROJECT_NUMBER", NUMBER)
        pairs = re.findall(r'- name: ([A-Z_]+)\n +value: (".*")', definition)
        environment = {name: json.loads(value) for name, value in pairs}
        equal(outputs["environment"], {name: value for name, value in environment.items() if value})
        equal((environment["EXTRA"], outputs["timeout"]), (ODD, 600))

    def terraform_of_the_audit_log(self):
        """Terraform makes the same service, filter, transform and permissions for the audit log as the script"""
        status, printed, outputs = self._terraform(
            topic=None, audit_log="folders/4321", titles=["expires_*", "!a"], resources=["folders", "projects"], role_organization="99"
        )
        assert status == 0 and "Warning" not in printed, printed
        name = "jitcleanup-iam-changes"
        environment = outputs["environment"]
        equal(environment["PUBSUB_TOPIC_NAME"], f"projects/{self.project}/topics/{name}")
        equal(environment["PUBSUB_SUBSCRIPTION_PATH"], f"projects/{self.project}/subscriptions/{name}")
        equal((environment["BINDING_TITLES"], environment["CLEANUP_RESOURCES"]), ("expires_*,!a", "folders,projects"))
        equal(outputs["permissions"], [f"resourcemanager.{kind}.{verb}IamPolicy" for kind in ("folders", "projects") for verb in ("get", "set")])
        (trigger,) = outputs["triggers"]
        equal((trigger["name"], trigger["transform"]), (name, (ROOT / "deploy/audit-log/reduce.js").read_text()))
        equal(outputs["filter"], FILTER.replace("@PROJECT@", self.project))
        _, _, outputs = self._terraform(audit_log="folders/4321")
        equal(outputs["environment"]["PUBSUB_TOPIC_NAME"], f"projects/{self.project}/topics/jit-access")
        equal([trigger["name"] for trigger in outputs["triggers"]], ["jitcleanup", name])

    def terraform_refusals_of_the_audit_log(self):
        """Terraform refuses what the script refuses of the audit log, and warns of titles that are missing"""
        for variables, reason in (
            ({"topic": None}, "topic is missing, or audit_log"),
            ({"audit_log": "projects/p", "message_filter": "x"}, FILTER_REFUSED),
            ({"resources": ["organizations"]}, "role_organization is missing: a role with permissions on folders"),
            ({"resources": ["buckets"]}, "projects, folders or organizations"),
            ({"titles": ["a,b"]}, "A title with a comma"),
            ({"audit_log": "1234"}, "organizations/NUMBER, folders/NUMBER or projects/ID"),
            ({"settings": {"BINDING_TITLES": "*"}}, "follow from other variables"),
        ):
            status, printed, _ = self._terraform(**variables)
            equal((status, reason in printed, printed), (1, True, printed))
        _, printed, _ = self._terraform(topic=None, audit_log="organizations/99")
        assert WITHOUT_TITLES in printed, printed

    def _terraform(self, **variables):
        """Applies those parts of the configuration that need nothing of Google's provider, in a folder of their own. The
        exit code, what it printed without its line breaks, and the outputs.
        """
        if not shutil.which("terraform"):
            raise Skip("terraform is not installed")
        folder = pathlib.Path(self.machine.folder, "deploy", "terraform")
        if not folder.exists():
            folder.mkdir(parents=True)
            shutil.copy(ROOT / "deploy/service.yaml", folder.parent)
            shutil.copytree(ROOT / "deploy/audit-log", folder.parent / "audit-log")
            for name in ("variables.tf", "warnings.tf", "service_definition.tf", "triggers.tf"):
                shutil.copy(ROOT / "deploy/terraform" / name, folder)
            (folder / "rest.tf").write_text(
                f"""
                locals {{ project_number = "{NUMBER}" }}
                output "environment" {{ value = {{ for entry in local.environment : entry.name => entry.value }} }}
                output "timeout" {{ value = local.template.spec.timeoutSeconds }}
                output "triggers" {{ value = local.triggers }}
                output "filter" {{ value = local.audit_filter }}
                output "permissions" {{ value = local.permissions }}
                output "sweep_arguments" {{ value = local.sweep_arguments }}
                """
            )
            self.machine.run("terraform", f"-chdir={folder}", "init")
        required = {
            "project_id": self.project,
            "region": "europe-west1",
            "topic": f"projects/{self.project}/topics/jit-access",
            "scopes": ["projects/prod-one1"],
            "image": IMAGE[0].partition("=")[2],
        }
        (folder / "terraform.tfvars.json").write_text(json.dumps({**required, **variables}))
        applied = self.machine.run("terraform", f"-chdir={folder}", "apply", "-auto-approve", "-input=false", "-no-color")
        result = self.machine.run("terraform", f"-chdir={folder}", "output", "-json")
        outputs = {name: output["value"] for name, output in json.loads(result.stdout).items()}
        return applied.returncode, " ".join((applied.stdout + applied.stderr).split()), outputs
