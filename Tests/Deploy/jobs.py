"""Jobs of Cloud Run, and those of Cloud Scheduler that start them."""

import re

from recorder import Refusal, not_found


class Jobs:
    """Needs `project`, `run_jobs`, `schedules`, `policies`, `policy_call`, `require` and `check_acting_as`."""

    def run_job(self, call):
        jobs = f"/apis/run.googleapis.com/v1/namespaces/{self.project}/jobs"
        if match := re.fullmatch(r"/v1/projects/[^/]+/locations/[^/]+/jobs/([^/:]+):\w+", call.path):
            if match[1] not in self.run_jobs:
                raise not_found(f"Resource '{match[1]}' of kind 'JOB'")
            return self.policy_call(call, f"jobs/{match[1]}")
        if call.path == jobs and call.method == "POST":
            return self.apply_job(call.body)
        if not call.path.startswith(f"{jobs}/"):
            return None
        name = call.path.removeprefix(f"{jobs}/")
        if name not in self.run_jobs:
            raise not_found(f"Resource '{name}' of kind 'JOB'")
        if call.method == "PUT":
            return self.apply_job(call.body)
        if call.method == "DELETE":
            del self.run_jobs[name]
            self.policies.pop(f"jobs/{name}", None)
            return {"kind": "Status", "status": "Success"}
        return self.run_jobs[name]

    def apply_job(self, job):
        """As Google answers: with what it adds, and without empty values."""
        name = job["metadata"]["name"]
        task = job["spec"]["template"]["spec"]["template"]["spec"]
        self.check_acting_as(task["serviceAccountName"])
        for variable in task["containers"][0]["env"]:
            if not variable["value"]:
                del variable["value"]
        task["timeoutSeconds"] = str(task["timeoutSeconds"])
        job["metadata"].update(generation=1, resourceVersion="AAA", selfLink="/", uid="1")
        job["status"] = {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]}
        self.run_jobs[name] = job
        return job

    def cloud_scheduler(self, call):
        self.require("cloudscheduler")
        match = re.fullmatch(r"/v1/(projects/[^/]+/locations/[^/]+/jobs)(?:/([^/:]+))?", call.path)
        if not match:
            return None
        name = f"{match[1]}/{match[2]}" if match[2] else call.body["name"]
        if call.method == "POST":
            if name in self.schedules:
                raise Refusal(409, "ALREADY_EXISTS", f"Job {name} already exists.")
            return self.set_schedule(name, {"state": "ENABLED", **call.body})
        if name not in self.schedules:
            raise Refusal(404, "NOT_FOUND", "Job not found.")
        if call.method == "PATCH":
            changed = {field.split(".")[0] for field in call.query["updateMask"].split(",")}
            return self.set_schedule(name, {**self.schedules[name], **{field: call.body[field] for field in changed}})
        if call.method == "DELETE":
            del self.schedules[name]
            return {}
        return self.schedules[name]

    def set_schedule(self, name, job):
        token = job["httpTarget"]["oauthToken"]
        self.check_acting_as(token["serviceAccountEmail"])
        token.setdefault("scope", "https://www.googleapis.com/auth/cloud-platform")
        self.schedules[name] = job
        return job
