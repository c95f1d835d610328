"""Cloud Tasks do the waiting: the queue, who may put tasks into it, what changes it, and what takes it back."""

from recorder import Refusal
from scenario import IMAGE, Scenario, equal, paths

NOT_OURS = "There is a queue theirs (us-east1) that deploy.sh did not make"


class Tasks(Scenario):
    """A queue in another region: pasted from a dry run, then run, changed, repaired and taken back."""

    project = "tasks-project"
    queues = f"projects/{project}/locations/us-east1/queues"
    queue = f"{queues}/jit-tasks"
    without_queue = ("--region=europe-west1", "--topic=jit-access", "--scopes=projects/prod-one1", *IMAGE)
    settings = (*without_queue, "--task-queue=jit-tasks", "--task-location=us-east1")

    def without(self):
        """Neither queue, Cloud Tasks API nor the right to act as the push account are there unless they are asked for"""
        result, _ = self.script("deploy", "--dry-run", "--offline", *self.without_queue)
        equal(result.returncode, 0)
        for word in ("cloudtasks", "gcloud tasks", "serviceAccountUser"):
            assert word not in result.stdout, result.stdout
        assert 'TASK_QUEUE_PATH\n              value: ""' in result.stdout, result.stdout

    def pasted(self):
        """What an offline dry run prints can be pasted into a shell, which makes the queue before the service"""
        changes = paths(self.paste(*self.settings))
        assert changes.index(f"POST /v2/{self.queues}") < min(n for n, path in enumerate(changes) if path.endswith("/services"))

    def made(self):
        """The queue gives nothing up, has the delays of the push subscription, and logs every task"""
        queue = self.google.queues[self.queue]
        expected = {"maxAttempts": -1, "minBackoff": "10s", "maxBackoff": "600s", "maxDoublings": 6}
        equal((queue["retryConfig"], queue["stackdriverLoggingConfig"]), (expected, {"samplingRatio": 1.0}))
        equal(queue["rateLimits"], {"maxDispatchesPerSecond": 20.0, "maxConcurrentDispatches": 40, "maxBurstSize": 10})
        assert "cloudtasks.googleapis.com" in self.google.enabled
        equal(self.subscription()["retryPolicy"], {"minimumBackoff": "10s", "maximumBackoff": "600s"})

    def members(self):
        """The service's account may put tasks into this queue alone, and act as the push account alone"""
        equal(self.google.members(self.queue, "roles/cloudtasks.enqueuer"), [self.runtime])
        holders = [
            resource
            for resource, policy in self.google.policies.items()
            for binding in policy.get("bindings", [])
            if binding["role"] == "roles/iam.serviceAccountUser"
        ]
        push = f"accounts/{self.push.partition(':')[2]}"
        equal((holders, self.google.members(push, "roles/iam.serviceAccountUser")), ([push], [self.runtime]))

    def service(self):
        """The service gets the queue's path; target and account follow from an audience without a path, and one account"""
        environment = self.environment_of_service()
        equal(environment["TASK_QUEUE_PATH"], self.queue)
        assert environment["PUSH_AUDIENCE"].count("/") == 2, environment["PUSH_AUDIENCE"]
        equal(environment["PUSH_SERVICE_ACCOUNT"], self.push.partition(":")[2])
        equal({name for name in environment if name.startswith("TASK_")}, {"TASK_QUEUE_PATH"})

    def again(self):
        """A run on top of that changes nothing"""
        result, changes = self.succeeds("deploy", *self.settings)
        equal(paths(changes), [])
        assert "Nothing to change." in result.stderr, result.stderr

    def by_hand(self):
        """What was changed by hand in the queue is put right by the next run, and a warning says that it is paused"""
        queue = self.google.queues[self.queue]
        queue["state"] = "PAUSED"
        queue["retryConfig"].update(maxAttempts=100, maxRetryDuration="3600s")
        queue.pop("stackdriverLoggingConfig")
        result, changes = self.succeeds("deploy", *self.settings)
        equal(paths(changes), [f"PATCH /v2/{self.queue}"])
        self.made()
        equal(queue["state"], "PAUSED")
        assert "Warning: The queue jit-tasks is PAUSED: its tasks wait until 'gcloud tasks queues resume" in result.stderr, result.stderr
        queue["state"] = "RUNNING"

    def someone_elses_queue(self):
        """A queue of the same name that someone else made is neither changed nor deleted, until the service is its enqueuer"""
        name = f"{self.queues}/theirs"
        theirs = {"name": name, "state": "RUNNING", "rateLimits": {"maxDispatchesPerSecond": 500}, "retryConfig": {"maxAttempts": 100}}
        self.google.queues[name] = theirs
        elsewhere = (*self.without_queue, "--task-queue=theirs", "--task-location=us-east1")
        result, calls = self.script("deploy", *elsewhere)
        equal((result.returncode, NOT_OURS in result.stderr, result.stderr), (1, True, result.stderr))
        equal([call for call in calls if call.changes], [])
        result, changes = self.succeeds("destroy", *elsewhere, "--with-messages", "--dry-run")
        assert "Kept: the queue theirs (us-east1), which deploy.sh did not make" in result.stderr, result.stderr
        equal((changes, "tasks queues delete" in result.stdout, theirs["retryConfig"]), ([], False, {"maxAttempts": 100}))
        self.google.policies[name] = {"bindings": [{"role": "roles/cloudtasks.enqueuer", "members": [self.runtime]}]}
        result, _ = self.succeeds("deploy", *elsewhere, "--dry-run")
        assert "gcloud tasks queues update theirs --location=us-east1" in result.stdout, result.stdout

    def refused(self):
        """A queue that may not be looked at is not taken for one that is missing"""
        denied = Refusal(403, "PERMISSION_DENIED", 'The principal lacks IAM permission "cloudtasks.queues.get" (or it may not exist).')
        self.recorder.refuse_once("GET cloudtasks.*queues/jit-tasks$", denied)
        result, calls = self.script("deploy", *self.settings)
        equal((result.returncode, [call for call in calls if call.changes]), (1, []))

    def kept(self):
        """destroy.sh keeps the queue, says how many tasks wait and what becomes of them, and takes the service's rights"""
        self.google.tasks[self.queue] = range(1500)
        result, _ = self.succeeds("destroy", *self.settings, "--yes")
        assert "Kept: the queue jit-tasks with 1500 waiting tasks" in result.stderr, result.stderr
        assert "blocked for days" in result.stderr, result.stderr
        equal(self.google.queues[self.queue]["state"], "RUNNING")
        equal(self.google.members(self.queue, "roles/cloudtasks.enqueuer"), [])
        equal((self.google.services, self.google.accounts), ({}, {}))
        _, changes = self.succeeds("destroy", *self.settings, "--yes")
        equal(changes, [])

    def deployed_again(self):
        """Deployed after that, the queue is taken again with what waits in it"""
        _, changes = self.succeeds("deploy", *self.settings)
        equal([path for path in paths(changes) if "/v2/" in path], [f"POST /v2/{self.queue}:setIamPolicy"])
        equal(len(self.google.tasks[self.queue]), 1500)
        self.members()

    def destroyed(self):
        """With --with-messages the queue goes with its tasks, and a run on top of that changes nothing"""
        asked, calls = self.script("destroy", *self.settings, "--with-messages")
        equal((asked.returncode, [call for call in calls if call.changes]), (1, []))
        assert "Also the queue jit-tasks with its 1500 waiting tasks" in asked.stderr, asked.stderr
        planned, changes = self.succeeds("destroy", *self.settings, "--with-messages", "--dry-run")
        equal(changes, [])
        assert f"gcloud tasks queues delete jit-tasks --location=us-east1 --project={self.project} --quiet" in planned.stdout, planned.stdout
        binding = self.google.policies[self.queue]["bindings"][0]
        binding["members"].append("serviceAccount:other@example.com")
        shared, changes = self.succeeds("destroy", *self.settings, "--with-messages", "--dry-run")
        assert "Kept: the queue jit-tasks, because others may put tasks into it" in shared.stderr, shared.stderr
        assert "tasks queues delete" not in shared.stdout, shared.stdout
        binding["members"].pop()
        result, _ = self.succeeds("destroy", *self.settings, "--with-messages", "--yes")
        assert "The queue jit-tasks is deleted with 1500 waiting tasks: only a sweep finds their bindings" in result.stderr, result.stderr
        equal((self.google.queues[self.queue], self.google.services), (None, {}))
        _, changes = self.succeeds("destroy", *self.settings, "--with-messages", "--yes")
        equal(changes, [])

    def too_soon(self):
        """A queue whose name is still blocked ends the run with Google's reason"""
        result, _ = self.script("deploy", *self.settings)
        equal(result.returncode, 1)
        assert "a queue with this name existed too recently" in result.stderr, result.stderr
