"""The APIs that deploy/deploy.sh calls through gcloud, as far as it calls them: state, and the rules that it could break."""

import re

from images import Images
from jobs import Jobs
from policies import Policies
from recorder import Refusal, not_found

NUMBER = "123456789012"


class Google(Policies, Images, Jobs):
    """A project, and the organization, folder and further projects around it."""

    def __init__(self, project="my-project", others=("projects/prod-one1", "folders/4321", "organizations/99")):
        self.project = project
        self.number = NUMBER
        self.enabled = {"cloudresourcemanager.googleapis.com"}
        self.accounts = {}
        self.agents = set()
        self.roles = {}
        self.policies = {name: {"version": 1} for name in (f"projects/{project}", *others)}
        self.repositories = {}
        self.images = {}
        self.builds = {}
        self.buckets = {}
        self.objects = {}
        self.services = {}
        self.sinks = {}
        self.queues = {}
        self.tasks = {}
        self.run_jobs = {}
        self.schedules = {}
        self.apis = {
            "serviceusage.googleapis.com": self.service_usage,
            "cloudresourcemanager.googleapis.com": self.resource_manager,
            "iam.googleapis.com": self.iam,
            "artifactregistry.googleapis.com": self.artifact_registry,
            "cloudbuild.googleapis.com": self.cloud_build,
            "storage.googleapis.com": self.storage,
            "run.googleapis.com": self.run,
            "pubsub.googleapis.com": self.pubsub,
            "logging.googleapis.com": self.logging,
            "cloudtasks.googleapis.com": self.cloud_tasks,
            "cloudscheduler.googleapis.com": self.cloud_scheduler,
        }

    # The APIs. Operations are done at once.

    def service_usage(self, call):
        services = f"/v1/projects/{self.project}/services"
        if call.path == services:
            return {"services": [self.enabled_service(name) for name in sorted(self.enabled)]}
        if call.path == f"{services}:batchEnable":
            self.enabled.update(call.body["serviceIds"])
            return {"name": "operations/enable", "done": True, "response": {}}
        if match := re.fullmatch(re.escape(services) + "/([^/:]+)(:enable)?", call.path):
            if match[2]:
                self.enabled.add(match[1])
                return {"name": "operations/enable", "done": True, "response": {}}
            return self.enabled_service(match[1])
        if match := re.fullmatch(r"/v1beta1/projects/([^/]+)/services/pubsub[^/]*:generateServiceIdentity", call.path):
            email = f"service-{NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"
            self.agents.add(email)
            response = {
                "@type": "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity",
                "email": email,
                "uniqueId": "1",
            }
            return {"name": "operations/identity", "done": True, "response": response}
        return None

    def enabled_service(self, name):
        state = "ENABLED" if name in self.enabled else "DISABLED"
        return {"name": f"projects/{NUMBER}/services/{name}", "config": {"name": name}, "state": state}

    def resource_manager(self, call):
        if call.path == f"/v1/projects/{self.project}":
            return {"projectId": self.project, "projectNumber": NUMBER, "lifecycleState": "ACTIVE"}
        if match := re.fullmatch(r"/v[123]/((projects|folders|organizations)/[^/:]+):\w+", call.path):
            if match[1] not in self.policies:
                raise Refusal(403, "PERMISSION_DENIED", "The caller does not have permission")
            return self.policy_call(call, match[1])
        return None

    def iam(self, call):
        self.require("iam")
        if match := re.fullmatch(r"/v1/projects/[^/]+/serviceAccounts(/([^/:]+)(:\w+)?)?", call.path):
            email = match[2]
            if call.method == "POST" and not email:
                return self.create_account(call.body)
            if email not in self.accounts:
                raise Refusal(404, "NOT_FOUND", "Unknown service account")
            if match[3]:
                return self.policy_call(call, f"accounts/{email}")
            if call.method == "DELETE":
                del self.accounts[email]
                return {}
            return self.accounts[email]
        if match := re.fullmatch(r"/v1/((projects|organizations)/[^/]+/roles)(/([^/:]+)(:undelete)?)?", call.path):
            return self.role_call(call, match[1], match[4], match[5])
        return None

    def create_account(self, body):
        email = f"{body['accountId']}@{self.project}.iam.gserviceaccount.com"
        if email in self.accounts:
            raise Refusal(409, "ALREADY_EXISTS", f"Service account {body['accountId']} already exists")
        name = f"projects/{self.project}/serviceAccounts/{email}"
        self.accounts[email] = {"name": name, "email": email, "projectId": self.project, **body["serviceAccount"]}
        return self.accounts[email]

    def role_call(self, call, parent, role_id, undelete):
        name = f"{parent}/{role_id or call.body.get('roleId')}"
        if call.method == "POST" and not role_id:
            if name in self.roles:
                raise Refusal(400, "FAILED_PRECONDITION", f"You can't create a role with this ID ({name}) for 37 days.")
            self.roles[name] = {"name": name, "etag": "AAAA", **call.body["role"]}
            return self.roles[name]
        if name not in self.roles:
            raise Refusal(404, "NOT_FOUND", f"The role named {name} was not found.")
        if undelete:
            self.roles[name].pop("deleted")
        elif call.method == "PATCH":
            if self.roles[name].get("deleted"):
                raise Refusal(400, "FAILED_PRECONDITION", f"The role {name} is deleted.")
            changed = call.query["updateMask"].split(",")
            self.roles[name].update({key: call.body[key] for key in changed})
        elif call.method == "DELETE":
            self.roles[name]["deleted"] = True
        return self.roles[name]

    def run(self, call):
        self.require("run")
        services = f"/apis/serving.knative.dev/v1/namespaces/{self.project}/services"
        if call.path == services:
            return self.apply_service(call.body)
        if call.path.startswith(f"{services}/"):
            name = call.path.removeprefix(f"{services}/")
            if call.method == "PUT":
                return self.apply_service(call.body)
            if name not in self.services:
                raise not_found(f"Resource '{name}' of kind 'SERVICE'")
            if call.method == "DELETE":
                del self.services[name]
                return {"kind": "Status", "status": "Success"}
            return self.services[name]
        if match := re.fullmatch(r"/v1/projects/[^/]+/locations/[^/]+/services/([^/:]+):\w+", call.path):
            if match[1] not in self.services:
                raise not_found(f"Resource '{match[1]}' of kind 'SERVICE'")
            return self.policy_call(call, f"services/{match[1]}")
        return self.run_job(call)

    def apply_service(self, service):
        name = service["metadata"]["name"]
        self.check_acting_as(service["spec"]["template"]["spec"]["serviceAccountName"])
        generation = self.services.get(name, {}).get("metadata", {}).get("generation", 0) + 1
        service["metadata"].update(generation=generation, resourceVersion="AAA", selfLink="/", uid="1")
        service["spec"]["template"]["metadata"].setdefault("name", f"{name}-{generation:05}-abc")
        url = f"https://{name}-abcdefghij-ew.a.run.app"
        revision = f"{name}-{generation:05}-abc"
        service["status"] = {
            "observedGeneration": generation,
            "conditions": [
                {"type": kind, "status": "True"} for kind in ("Ready", "ConfigurationsReady", "RoutesReady")
            ],
            "latestReadyRevisionName": revision,
            "latestCreatedRevisionName": revision,
            "traffic": [{"percent": 100, "latestRevision": True, "revisionName": revision}],
            "url": url,
            "address": {"url": url},
        }
        self.services[name] = service
        return service

    def check_acting_as(self, account):
        if account not in self.accounts:
            raise Refusal(
                403,
                "PERMISSION_DENIED",
                f"Permission 'iam.serviceaccounts.actAs' denied on service account {account} (or it may not exist).",
            )

    def pubsub(self, call):
        if match := re.fullmatch(r"/v1/(projects/[^/]+/(topics|subscriptions)/[^/:]+):\w+", call.path):
            return self.policy_call(call, match[1])
        return None

    def logging(self, call):
        self.require("logging")
        if match := re.fullmatch(r"/v2/((?:projects|folders|organizations)/[^/]+/sinks)(/([^/]+))?", call.path):
            name = f"{match[1]}/{match[3] or call.body['name']}"
            if call.method == "POST":
                if name in self.sinks:
                    raise Refusal(409, "ALREADY_EXISTS", f"Sink {name} already exists")
                # Nobody can build it, and it is there from the first sink on.
                writer = f"o{NUMBER}-{len(name)}@gcp-sa-logging.iam.gserviceaccount.com"
                self.agents.add(writer)
                self.sinks[name] = {**call.body, "writerIdentity": f"serviceAccount:{writer}"}
            elif name not in self.sinks:
                raise not_found(f"Sink {name}")
            elif call.method == "DELETE":
                del self.sinks[name]
                return {}
            elif call.method == "PATCH":
                self.sinks[name].update(call.body)
                for field in set(call.query["updateMask"].split(",")) - set(call.body):
                    self.sinks[name].pop(field, None)
            return self.sinks[name]
        return None

    def cloud_tasks(self, call):
        self.require("cloudtasks")
        match = re.fullmatch(r"/v2/(projects/[^/]+/locations/[^/]+/queues)(?:/([^/:]+))?(/tasks|:\w+)?", call.path)
        if not match:
            return None
        name = f"{match[1]}/{match[2]}" if match[2] else call.body["name"]
        if call.method == "POST" and not match[2]:
            # Deleted ones are remembered.
            if name in self.queues:
                text = "The queue cannot be created because a queue with this name existed too recently."
                raise Refusal(400, "FAILED_PRECONDITION", text)
            self.queues[name] = {"state": "RUNNING"}
            return self.update_queue(name, call.body)
        if not self.queues.get(name):
            raise Refusal(404, "NOT_FOUND", "Queue does not exist. If you just created the queue, wait at least a minute.")
        if match[3] == "/tasks":
            return {"tasks": [{"name": f"{name}/tasks/{task}"} for task in self.tasks.get(name, [])]}
        if match[3] == ":purge":
            self.tasks.pop(name, None)
            return self.queues[name]
        if match[3]:
            return self.policy_call(call, name)
        if call.method == "PATCH":
            return self.update_queue(name, call.body)
        if call.method == "DELETE":
            self.queues[name] = None
            self.policies.pop(name, None)
            return {}
        return self.queues[name]

    def update_queue(self, name, body):
        """As Google may answer: with what it adds, and without a time of zero."""
        queue = self.queues[name]
        for part, values in body.items():
            queue[part] = {**queue.get(part, {}), **values} if isinstance(values, dict) else values
        queue["rateLimits"]["maxBurstSize"] = 10
        if queue["retryConfig"].get("maxRetryDuration") == "0s":
            queue["retryConfig"].pop("maxRetryDuration")
        return queue

    def require(self, api):
        if f"{api}.googleapis.com" not in self.enabled:
            raise Refusal(403, "PERMISSION_DENIED", f"{api} API has not been used in project {NUMBER}", "SERVICE_DISABLED")
