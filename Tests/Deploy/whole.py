"""All that can be asked for, pasted from a dry run into a shell; then run, changed and repaired."""

import io
import tarfile

from google import NUMBER
from scenario import ODD, Scenario, equal, paths


class Whole(Scenario):
    """All that there is: a folder, quarantine, Cloud Tasks, dead letters, and an image built by Cloud Build."""

    project = "whole-project"
    settings = (
        "--region=europe-west1",
        "--topic=jit-access",
        "--scopes=folders/4321,projects/prod-one1",
        "--role-organization=99",
        "--quarantine-topic=jit-quarantine",
        "--task-queue=jit-tasks",
        "--dead-letter-topic=jit-dead",
        "--allowed-projects=prod-*,staging-1",
        "--set",
        f"EXTRA={ODD}",
    )

    def pasted(self):
        """What an offline dry run prints can be pasted into a shell, which then makes everything"""
        self.calls = self.paste(*self.settings)

    def role(self):
        """The role has two permissions, and is kept in the organization, since folders have none"""
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
            (f"accounts/{push}", "roles/iam.serviceAccountUser"): [self.runtime],
            (f"{project}/locations/europe-west1/queues/jit-tasks", "roles/cloudtasks.enqueuer"): [self.runtime],
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
        names = tarfile.open(fileobj=io.BytesIO(archive)).getnames()
        equal({name.split("/")[0] for name in names}, {"Dockerfile", "Package.swift", "Sources", "Tests", "deploy"})
        equal({name.split("/")[1] for name in names if name.startswith("deploy/")}, {"build"})
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
            "TASK_QUEUE_PATH": f"projects/{self.project}/locations/europe-west1/queues/jit-tasks",
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
            "deploy", *without_dead_letters, "--request-timeout-seconds=595", "--min-retry-delay=20", DRY_RUN="true"
        )
        namespace = f"/apis/serving.knative.dev/v1/namespaces/{self.project}/services/jitcleanup"
        equal(paths(changes), [f"PUT {namespace}", f"PATCH /v1/projects/{self.project}/subscriptions/jitcleanup"])
        equal(self.google.services["jitcleanup"]["spec"]["template"]["spec"]["timeoutSeconds"], 600)
        environment = self.environment_of_service()
        equal((environment["REQUEST_TIMEOUT_SECONDS"], environment["DRY_RUN"]), ("595", "true"))
        subscription = self.subscription()
        equal(subscription["ackDeadlineSeconds"], 600)
        equal(subscription["retryPolicy"], {"minimumBackoff": "20s", "maximumBackoff": "600s"})
        assert "deadLetterPolicy" not in subscription, subscription

    def by_hand(self):
        """What was changed by hand or has failed is put right by the next run, and the image built anew if asked for"""
        service = self.google.services["jitcleanup"]
        variables = service["spec"]["template"]["spec"]["containers"][0]["env"]
        variables[0]["value"] = "https://other.example"
        variables.append({"name": "CLEANUP_SCOPE", "value": "activation"})
        service["status"]["conditions"][0]["status"] = "False"
        role = self.google.roles["organizations/99/roles/jitcleanup"]
        role["includedPermissions"].append("resourcemanager.projects.delete")
        self.machine.run(
            "gcloud", "pubsub", "subscriptions", "update", "jitcleanup", f"--project={self.project}",
            "--ack-deadline=77", "--push-endpoint=https://other.example/push",
        )  # fmt: skip
        result, _ = self.succeeds("deploy", *self.settings, "--rebuild")
        assert "Warning: The service has CLEANUP_SCOPE=activation" in result.stderr, result.stderr
        assert "CLEANUP_SCOPE" not in self.environment_of_service()
        address = f"https://jitcleanup-{NUMBER}.europe-west1.run.app"
        equal(self.environment_of_service()["PUSH_AUDIENCE"], address)
        container = self.google.services["jitcleanup"]["spec"]["template"]["spec"]["containers"][0]
        assert container["image"].endswith(f"@sha256:{2:064x}"), container["image"]
        equal(len(role["includedPermissions"]), 2)
        subscription = self.subscription()
        equal((subscription["ackDeadlineSeconds"], subscription["pushConfig"]["pushEndpoint"]), (60, f"{address}/push"))
        equal(subscription["deadLetterPolicy"]["maxDeliveryAttempts"], 100)
