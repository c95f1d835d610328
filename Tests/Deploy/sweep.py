"""The sweep by schedule: its two jobs, what they may do, what changes them, and what takes them back."""

import copy
import re

from recorder import Refusal
from scenario import IMAGE, ODD, OFFLINE, Scenario, equal, paths
from settings import Settings

NIGHTLY = "--sweep-schedule=0 3 * * *"
LISTING = ["resourcemanager.folders.list", "resourcemanager.projects.list"]
OF_PROJECTS = ["resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy"]
FIELDS = "which is not five cron fields"
OUTSIDE = "which is not among SCOPES: without the role there, the sweep would fail"
LISTING_ROLE = "takes a role that is kept in the organization"


class Sweep(Scenario):
    """An organization and a project are swept: pasted from a dry run, then run, changed, repaired and taken back."""

    project = "sweep-project"
    topic_and_scopes = ("--region=europe-west1", "--topic=jit-access", "--scopes=organizations/99,projects/prod-one1", *IMAGE)
    without_sweep = (*topic_and_scopes, "--role-organization=99", "--titles=JIT*", "--set", f"EXTRA={ODD}")
    settings = (*without_sweep, NIGHTLY, "--sweep-under=organizations/99,projects/prod-one1")
    role = "organizations/99/roles/jitcleanup"
    schedule = f"projects/{project}/locations/europe-west1/jobs/jitcleanup-sweep"
    run_job = f"/apis/run.googleapis.com/v1/namespaces/{project}/jobs/jitcleanup-sweep"
    _terraform = Settings._terraform

    def refusals(self):
        """What is wrong with a sweep's settings is refused with the reason, and nothing is called"""
        under = "--sweep-under=projects/prod-one1"
        for arguments, reason in (
            ((NIGHTLY,), "SWEEP_UNDER is missing: SWEEP_SCHEDULE alone says when, not what"),
            ((under,), "SWEEP_SCHEDULE is missing: SWEEP_UNDER alone says what, not when"),
            (("--sweep-schedule=0 3 * *", under), f"SWEEP_SCHEDULE is '0 3 * *', {FIELDS}"),
            (("--sweep-schedule=0 0 3 * * *", under), FIELDS),
            (("--sweep-schedule=every 24 hours", under), FIELDS),
            (("--sweep-schedule=0 3 * * ?", under), FIELDS),
            ((NIGHTLY, "--sweep-under=projects/other-one1"), f"SWEEP_UNDER has 'projects/other-one1', {OUTSIDE}"),
            ((NIGHTLY, "--sweep-under=prod-one1"), f"SWEEP_UNDER has 'prod-one1', {OUTSIDE}"),
            ((NIGHTLY, "--sweep-under=organizations/99", "--scopes=organizations/99"), LISTING_ROLE),
            ((NIGHTLY, "--sweep-under=folders/4321", "--scopes=folders/4321"), LISTING_ROLE),
            ((NIGHTLY, under, "--sweep-location=europe"), "SWEEP_LOCATION is 'europe', which is not a region"),
        ):
            result, calls = self.script("deploy", *OFFLINE, *arguments)
            equal((result.returncode, calls, reason in result.stderr, result.stderr), (64, [], True, result.stderr))
        result, _ = self.script("deploy", *OFFLINE, "--sweep-location=us-east1")
        assert "Warning: SWEEP_LOCATION has no effect without SWEEP_SCHEDULE" in result.stderr, result.stderr

    def without(self):
        """Neither jobs nor Cloud Scheduler's API nor permissions to list are there unless they are asked for"""
        result, _ = self.script("deploy", "--dry-run", "--offline", *self.without_sweep)
        equal(result.returncode, 0)
        for word in ("cloudscheduler", "gcloud scheduler", "gcloud run jobs", *LISTING):
            assert word not in result.stdout, result.stdout

    def projects_alone(self):
        """Projects alone are swept without an organization, and without permissions to list"""
        result, _ = self.script("deploy", *OFFLINE, NIGHTLY, "--sweep-under=projects/prod-one1")
        equal((result.returncode, "Warning" in result.stderr), (0, False))
        assert f"--permissions={','.join(OF_PROJECTS)} " in result.stdout, result.stdout
        equal(re.findall('^ +- "(.*)"$', result.stdout, re.M), ["sweep", "--project", "prod-one1"])

    def pasted(self):
        """What an offline dry run prints can be pasted into a shell, which makes the jobs last"""
        changes = paths(self.paste(*self.settings))
        run_jobs, schedules = self.run_job.rpartition("/")[0], self.schedule.rpartition("/")[0]
        equal(changes[-3:], [f"POST {run_jobs}", f"POST /v1/{self.schedule}:setIamPolicy", f"POST /v1/{schedules}"])

    def job(self):
        """The job has the service's image, account and settings, an hour, and one more try"""
        spec = self.google.run_jobs["jitcleanup-sweep"]["spec"]["template"]["spec"]
        task = spec["template"]["spec"]
        service = self.google.services["jitcleanup"]["spec"]["template"]["spec"]
        equal(task["serviceAccountName"], service["serviceAccountName"])
        container = task["containers"][0]
        equal(container["image"], service["containers"][0]["image"])
        environment = {entry["name"]: entry.get("value", "") for entry in container["env"]}
        equal(environment, self.environment_of_service())
        equal((environment["BINDING_TITLES"], environment["EXTRA"]), ("JIT*", ODD))
        equal(container["args"], ["sweep", "--under", "organizations/99", "--project", "prod-one1"])
        equal((spec["taskCount"], task["timeoutSeconds"], task["maxRetries"]), (1, "3600", 1))
        # No job may have less.
        equal(container["resources"]["limits"], {"cpu": "1", "memory": "512Mi"})

    def role_of_it(self):
        """The role has two more permissions, to list projects and folders, and only because they are needed"""
        equal(sorted(self.google.roles[self.role]["includedPermissions"]), sorted(OF_PROJECTS + LISTING))

    def started(self):
        """Cloud Scheduler starts it with an access token of the push account, which may start this one job"""
        job = self.google.schedules[self.schedule]
        push = self.push.partition(":")[2]
        target = job["httpTarget"]
        equal(target["uri"], f"https://run.googleapis.com/v2/{self.schedule}:run")
        equal((target["httpMethod"], target["oauthToken"]["serviceAccountEmail"], "body" in target), ("POST", push, False))
        equal((job["schedule"], job["timeZone"], job["attemptDeadline"]), ("0 3 * * *", "Etc/UTC", "60s"))
        equal(job["retryConfig"]["retryCount"], 3)
        assert "cloudscheduler.googleapis.com" in self.google.enabled
        holders = [
            (resource, binding["members"])
            for resource, policy in self.google.policies.items()
            for binding in policy.get("bindings", [])
            if binding["role"] == "roles/run.invoker"
        ]
        equal(sorted(holders), [("jobs/jitcleanup-sweep", [self.push]), ("services/jitcleanup", [self.push])])

    def again(self):
        """A run on top of that changes nothing"""
        result, changes = self.succeeds("deploy", *self.settings)
        equal(paths(changes), [])
        assert "Nothing to change." in result.stderr, result.stderr

    def by_hand(self):
        """What was changed by hand in either job is put right by the next run, and a warning says that it is paused"""
        before = copy.deepcopy((self.google.run_jobs, self.google.schedules))
        task = self.google.run_jobs["jitcleanup-sweep"]["spec"]["template"]["spec"]["template"]["spec"]
        task["containers"][0]["args"] += ["--under", "folders/1"]
        task["containers"][0]["env"].append({"name": "ALLOWED_PROJECTS", "value": "all-*"})
        task["maxRetries"] = 10
        self.google.schedules[self.schedule].update(schedule="* * * * *", state="PAUSED", timeZone="Europe/Paris")
        result, changes = self._part("ensure_sweep")
        equal(paths(changes), [f"PUT {self.run_job}", f"PATCH /v1/{self.schedule}"])
        assert "Warning: The Cloud Scheduler job jitcleanup-sweep is PAUSED: nothing is swept until" in result.stderr, result.stderr
        equal(self.google.schedules[self.schedule]["state"], "PAUSED")
        self.google.schedules[self.schedule]["state"] = "ENABLED"
        equal((self.google.run_jobs, self.google.schedules), before)

    def refused(self):
        """A job that may not be looked at is not taken for one that is missing"""
        for pattern in ("GET .*run.*/jobs/jitcleanup-sweep$", "GET cloudscheduler.*/jobs/jitcleanup-sweep$"):
            denied = Refusal(403, "PERMISSION_DENIED", "The principal lacks IAM permission (or it may not exist).")
            self.recorder.refuse_once(pattern, denied)
            _, changes = self._part("ensure_sweep", status=1)
            equal(changes, [])

    def changed(self):
        """A changed setting of the service changes the job, and a changed schedule only when it is started"""
        _, changes = self._part("ensure_sweep", DRY_RUN="true")
        equal(paths(changes), [f"PUT {self.run_job}"])
        task = self.google.run_jobs["jitcleanup-sweep"]["spec"]["template"]["spec"]["template"]["spec"]
        assert {"name": "DRY_RUN", "value": "true"} in task["containers"][0]["env"], task
        _, changes = self._part("ensure_sweep", "--sweep-schedule=0 4 * * 1-5", DRY_RUN="true")
        equal(paths(changes), [f"PATCH /v1/{self.schedule}"])
        equal(self.google.schedules[self.schedule]["schedule"], "0 4 * * 1-5")

    def someone_elses(self):
        """Jobs of the same name that someone else made are neither changed nor deleted"""
        task = {"serviceAccountName": "a@b", "containers": [{"image": "theirs", "args": ["work"]}]}
        job = {"metadata": {"name": "other-sweep"}, "spec": {"template": {"spec": {"template": {"spec": task}}}}, "status": {}}
        schedule = {"state": "ENABLED", "schedule": "1 1 * * *"}
        for jobs, name, theirs, kind in (
            (self.google.run_jobs, "other-sweep", job, "Cloud Run job other-sweep"),
            (self.google.schedules, self.schedule.replace("jitcleanup", "other"), schedule, "Cloud Scheduler job other-sweep"),
        ):
            jobs[name] = copy.deepcopy(theirs)
            result, _ = self._part("ensure_sweep", "--service=other", status=1)
            assert f"There is a {kind}" in result.stderr, result.stderr
            self._part("delete_sweep", "--service=other")
            equal(jobs.pop(name), theirs)

    def moved(self):
        """A Cloud Scheduler job in another location replaces the first one, so that the sweep is started once"""
        self._part("ensure_sweep", "--sweep-location=us-east1")
        equal(list(self.google.schedules), [self.schedule.replace("europe-west1", "us-east1")])

    def dropped(self):
        """A run without the schedule deletes both jobs, wherever they are, and the permissions to list"""
        _, changes = self.succeeds("deploy", *self.without_sweep)
        scheduled = self.schedule.replace("europe-west1", "us-east1")
        equal(paths(changes), [f"PATCH /v1/{self.role}", f"DELETE /v1/{scheduled}", f"DELETE {self.run_job}"])
        equal((self.google.run_jobs, self.google.schedules), ({}, {}))
        equal(self.google.roles[self.role]["includedPermissions"], OF_PROJECTS)

    def destroyed(self):
        """destroy.sh takes both jobs back before the service, asked for or not, and on top of that finds nothing to do"""
        self._part("ensure_sweep")
        _, changes = self.succeeds("destroy", *self.without_sweep, "--yes")
        deleted = [path for path in paths(changes) if path.startswith("DELETE") and "jitcleanup" in path]
        service = self.run_job.replace("run.googleapis.com/v1", "serving.knative.dev/v1").replace("jobs/jitcleanup-sweep", "services/jitcleanup")
        equal(deleted[1:4], [f"DELETE /v1/{self.schedule}", f"DELETE {self.run_job}", f"DELETE {service}"])
        equal((self.google.run_jobs, self.google.schedules, self.google.services, self.google.accounts), ({}, {}, {}, {}))
        _, changes = self._part("delete_sweep")
        equal(changes, [])

    def _part(self, function, *arguments, status=0, **environment):
        """Runs that function of deploy/lib/sweep.sh alone, with what the scripts do before: the result, and the changes."""
        script = """
            source deploy/lib/all.sh
            read_arguments "$@"
            check_settings
            look_up_project_number
            ensure_image
            render_service
        """
        project = f"--project-id={self.project}"
        self.recorder.take()
        result = self.machine.run("bash", "-euc", script + function, "part", project, *self.settings, *arguments, **environment)
        assert result.returncode == status, result.stderr
        return result, [call for call in self.recorder.take() if call.changes]

    def terraform(self):
        """Terraform calls jitcleanup alike and gives the role the same permissions"""
        variables = {"sweep_schedule": "0 3 * * *", "sweep_location": "us-east1", "role_organization": "99"}
        places = ["organizations/99", "projects/prod-one1"]
        status, printed, outputs = self._terraform(**variables, scopes=places, sweep_under=places)
        equal((status, "Warning" in printed, printed), (0, False, printed))
        equal(outputs["sweep_arguments"], ["sweep", "--under", "organizations/99", "--project", "prod-one1"])
        equal(outputs["permissions"], OF_PROJECTS + LISTING)
        status, printed, outputs = self._terraform(sweep_schedule="0 3 * * *", sweep_under=["projects/prod-one1"])
        equal((status, outputs["permissions"], printed), (0, OF_PROJECTS, printed))

    def terraform_refusals(self):
        """Terraform refuses of a sweep what the script refuses"""
        nightly = {"sweep_schedule": "0 3 * * *"}
        for variables, reason in (
            (nightly, "sweep_schedule and sweep_under need each other"),
            ({"sweep_under": ["projects/prod-one1"]}, "sweep_schedule and sweep_under need each other"),
            ({"sweep_schedule": "0 3 * *", "sweep_under": ["projects/prod-one1"]}, "This is not five cron fields"),
            ({**nightly, "sweep_under": ["projects/other-one1"]}, "sweep_under has what is not among scopes"),
            ({**nightly, "sweep_under": ["folders/1"], "scopes": ["folders/1"]}, LISTING_ROLE),
            ({"sweep_location": "europe"}, "This is not a region such as europe-west1."),
        ):
            status, printed, _ = self._terraform(**variables)
            equal((status, reason in printed, printed), (1, True, printed))
        _, printed, _ = self._terraform(sweep_location="us-east1")
        assert "sweep_location has no effect without sweep_schedule." in printed, printed
