"""The audit log as the trigger: sink, topic, subscription with its message transform, and the service that reads it."""

from google import NUMBER
from machine import ROOT
from recorder import Refusal
from scenario import FILTER, IMAGE, Scenario, equal, paths

TITLES = "JIT access activation,expires_*,!expires_never,a: \"b\" #c"
TRANSFORM = (ROOT / "deploy/audit-log/reduce.js").read_text()


class AuditLog(Scenario):
    """An organization's audit log without JIT Access, pasted from a dry run; then run, changed, repaired and taken back."""

    project = "audit-project"
    name = "jitcleanup-iam-changes"
    sink = f"organizations/99/sinks/{name}"
    topic = f"projects/{project}/topics/{name}"
    settings = (
        "--region=europe-west1",
        "--scopes=organizations/99",
        "--role-organization=99",
        f"--titles={TITLES}",
        "--resources=projects,folders,organizations",
        *IMAGE,
    )
    audited = (*settings, "--audit-log=organizations/99")

    def without(self):
        """Neither sink, Logging API nor further permissions are there unless they are asked for"""
        result, _ = self.script("deploy", "--dry-run", "--offline", *self.settings[:3], "--topic=jit-access", *IMAGE)
        equal(result.returncode, 0)
        for word in ("logging", "resourcemanager.folders", "resourcemanager.organizations", "transform"):
            assert word not in result.stdout, result.stdout

    def pasted(self):
        """What an offline dry run prints can be pasted into a shell, sink and message transform included"""
        self.paste(*self.audited)

    def made(self):
        """The sink has the filter of its file, character by character, and all children's entries"""
        sink = self.google.sinks[self.sink]
        equal(sink["filter"], FILTER.replace("@PROJECT@", self.project))
        equal((sink["includeChildren"], sink["destination"]), (True, f"pubsub.googleapis.com/{self.topic}"))
        assert "logging.googleapis.com" in self.google.enabled

    def writer(self):
        """Whoever the sink writes as may publish to the topic, and so may the service, whose topic it is"""
        writer = self.google.sinks[self.sink]["writerIdentity"]
        equal(sorted(self.google.members(self.topic, "roles/pubsub.publisher")), sorted([self.runtime, writer]))

    def role(self):
        """The organization's role has the permissions for all three kinds of resources"""
        role = self.google.roles["organizations/99/roles/jitcleanup"]
        kinds = ("folders", "organizations", "projects")
        equal(role["includedPermissions"], [f"resourcemanager.{kind}.{verb}IamPolicy" for kind in kinds for verb in ("get", "set")])
        equal(self.google.members("organizations/99", "organizations/99/roles/jitcleanup"), [self.runtime])

    def described(self):
        """The one subscription pushes as the main one would, and has the message transform of its file"""
        subscription = self.subscription(self.name)
        address = f"https://jitcleanup-{NUMBER}.europe-west1.run.app"
        equal(subscription["topic"], self.topic)
        equal(
            subscription["pushConfig"],
            {
                "pushEndpoint": f"{address}/push",
                "oidcToken": {"audience": address, "serviceAccountEmail": self.push.partition(":")[2]},
            },
        )
        equal((subscription["retainAckedMessages"], subscription["expirationPolicy"]), (True, {}))
        equal(subscription["retryPolicy"], {"minimumBackoff": "10s", "maximumBackoff": "600s"})
        equal(subscription["messageTransforms"], [{"javascriptUdf": {"code": TRANSFORM, "functionName": "reduce"}}])
        listed = self.machine.run("gcloud", "pubsub", "subscriptions", "list", f"--project={self.project}", "--format=value(name)")
        equal(listed.stdout.split(), [f"projects/{self.project}/subscriptions/{self.name}"])

    def service(self):
        """The service gets titles and resources as they were given, and the audit log's subscription and topic"""
        environment = self.environment_of_service()
        expected = {
            "BINDING_TITLES": TITLES,
            "CLEANUP_RESOURCES": "projects,folders,organizations",
            "PUBSUB_SUBSCRIPTION_PATH": f"projects/{self.project}/subscriptions/{self.name}",
            "PUBSUB_TOPIC_NAME": self.topic,
        }
        equal({name: environment[name] for name in expected}, expected)

    def again(self):
        """A run on top of that changes nothing"""
        result, changes = self.succeeds("deploy", *self.audited)
        equal(paths(changes), [])
        assert "Nothing to change." in result.stderr, result.stderr

    def by_hand(self):
        """What was changed by hand in the sink and the transform is put right by the next run"""
        sink = self.google.sinks[self.sink]
        sink.update(filter="severity>=ERROR", includeChildren=False, disabled=True)
        sink["exclusions"] = [{"name": "all", "filter": "true"}]
        self.machine.run("gcloud", "pubsub", "subscriptions", "update", self.name, f"--project={self.project}", "--clear-message-transforms")
        assert "messageTransforms" not in self.subscription(self.name)
        _, changes = self.succeeds("deploy", *self.audited)
        equal(paths(changes), [f"PATCH /v1/projects/{self.project}/subscriptions/{self.name}", f"PATCH /v2/{self.sink}"])
        self.made()
        equal((sink["disabled"], sink.get("exclusions", [])), (False, []))
        self.described()

    def both(self):
        """With JIT Access's topic beside it there are two subscriptions, and only the audit log's has the transform"""
        _, changes = self.succeeds("deploy", *self.audited, "--topic=jit-access")
        environment = self.environment_of_service()
        subscriptions = [f"projects/{self.project}/subscriptions/{name}" for name in ("jitcleanup", self.name)]
        equal(environment["PUBSUB_SUBSCRIPTION_PATH"], ",".join(subscriptions))
        equal(environment["PUBSUB_TOPIC_NAME"], f"projects/{self.project}/topics/jit-access")
        main, audit = self.subscription(), self.subscription(self.name)
        equal((main["pushConfig"], main["topic"]), (audit["pushConfig"], f"projects/{self.project}/topics/jit-access"))
        assert "messageTransforms" not in main, main
        assert not [call for call in changes if "sinks" in call.path], changes

    def foreign_sink(self):
        """A sink of the same name that someone else made is neither changed nor deleted"""
        theirs = {"name": self.name, "description": "Ours", "destination": "storage.googleapis.com/b", "filter": "x"}
        self.google.sinks[f"folders/4321/sinks/{self.name}"] = dict(theirs)
        elsewhere = (*self.settings, "--audit-log=folders/4321")
        result, _ = self.script("deploy", *elsewhere, "--topic=jit-access")
        equal(result.returncode, 1)
        assert f"There is a sink {self.name} (folders/4321) that deploy.sh did not make" in result.stderr, result.stderr
        result, changes = self.succeeds("destroy", *elsewhere, "--dry-run")
        assert f"Kept: the sink {self.name} (folders/4321)" in result.stderr, result.stderr
        equal((changes, self.google.sinks.pop(f"folders/4321/sinks/{self.name}")), ([], theirs))

    def slow_writer(self):
        """A sink of a project needs no children, and a writer that is not known everywhere yet is waited for"""
        self.recorder.refuse_once(
            "topics/.*:setIamPolicy", Refusal(400, "INVALID_ARGUMENT", "Service account o1@gcp-sa-logging.iam.gserviceaccount.com does not exist.")
        )
        result, changes = self.succeeds("deploy", *self.settings, "--audit-log=projects/prod-one1", "--topic=jit-access")
        equal(result.stderr.count("retrying in 0 s"), 1)
        sink = self.google.sinks[f"projects/prod-one1/sinks/{self.name}"]
        assert "includeChildren" not in sink, sink
        assert sink["writerIdentity"] in self.google.members(self.topic, "roles/pubsub.publisher")
        equal([call.method for call in changes], ["POST"] * 3)
        _, changes = self.succeeds("deploy", *self.settings, "--audit-log=projects/prod-one1", "--topic=jit-access")
        equal(paths(changes), [])

    def planned(self):
        """A dry run of destroy.sh prints what it would delete of the audit log, the sink first, and deletes nothing"""
        result, changes = self.succeeds("destroy", *self.audited, "--topic=jit-access", "--dry-run")
        equal(changes, [])
        lines = [line.split(" ")[1:5] for line in result.stdout.splitlines()]
        equal(lines[0], ["logging", "sinks", "delete", self.name])
        for expected in (
            ["pubsub", "topics", "remove-iam-policy-binding", self.topic],
            ["pubsub", "subscriptions", "delete", "jitcleanup"],
            ["pubsub", "subscriptions", "delete", self.name],
            ["pubsub", "topics", "delete", self.topic],
        ):
            assert expected in lines, f"{expected} is not in {lines}"

    def destroyed(self):
        """destroy.sh takes it all back, and on top of that changes nothing"""
        self.succeeds("destroy", *self.settings, "--audit-log=projects/prod-one1", "--topic=jit-access", "--yes")
        result, _ = self.succeeds("destroy", *self.audited, "--yes")
        equal((self.google.sinks, self.google.services, self.google.accounts), ({}, {}, {}))
        writer = f"o{NUMBER}"
        kept = [member for member in self.google.members(self.topic, "roles/pubsub.publisher") if writer in member]
        equal(kept, [])
        for kind in ("topics", "subscriptions"):
            listed = self.machine.run("gcloud", "pubsub", kind, "list", f"--project={self.project}", "--format=value(name)")
            equal(listed.stdout, "")
        _, changes = self.succeeds("destroy", *self.audited, "--yes")
        equal(changes, [])
