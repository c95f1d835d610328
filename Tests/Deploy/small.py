"""The least that can be asked for, where things are there already or fail; then taken back, and deployed again."""

from recorder import Refusal
from scenario import IMAGE, Scenario, equal, paths


class Small(Scenario):
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

    def fresh(self):
        """A dry run on a project without any API prints the whole plan and changes nothing, not even an API"""
        result, changes = self.succeeds("deploy", *self.settings, "--dry-run")
        equal(changes, [])
        for command in ("services enable", "iam roles create", "run services replace", "pubsub subscriptions create"):
            assert f"gcloud {command} " in result.stdout, result.stdout

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
        # An API that was just enabled, at another of its servers; then the account is not there.
        disabled = Refusal(403, "PERMISSION_DENIED", "This API has not been used in project 1", "SERVICE_DISABLED")
        self.google.enabled.discard("iam.googleapis.com")
        self.recorder.refuse_once("GET iam.*serviceAccounts/jitcleanup@", disabled)
        self.recorder.refuse_once("POST .*run.*/services$", Refusal(400, "INVALID_ARGUMENT", "Something is wrong"))
        result, _ = self.script("deploy", *self.settings)
        equal(result.stderr.count("retrying in 0 s"), 2)
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
