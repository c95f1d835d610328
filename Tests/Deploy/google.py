"""The APIs that deploy/deploy.sh calls through gcloud, as far as it calls them: state, and the rules that it could break."""

import base64
import re
import uuid

from recorder import Refusal, not_found

NUMBER = "123456789012"


class Google:
    """A project, and the organisation, folder and further projects around it."""

    def __init__(self, project="my-project", others=("projects/prod-one1", "folders/4321", "organizations/99")):
        self.project = project
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
        self.apis = {
            "serviceusage.googleapis.com": self.service_usage,
            "cloudresourcemanager.googleapis.com": self.resource_manager,
            "iam.googleapis.com": self.iam,
            "artifactregistry.googleapis.com": self.artifact_registry,
            "cloudbuild.googleapis.com": self.cloud_build,
            "storage.googleapis.com": self.storage,
            "run.googleapis.com": self.run,
            "pubsub.googleapis.com": self.pubsub,
        }

    # Access policies: read with an etag, written only with the same one, of members that exist.

    def policy_call(self, call, resource):
        if call.path.endswith(":getIamPolicy"):
            return self.with_etag(self.policies.setdefault(resource, {"version": 1}))
        if call.path.endswith(":setIamPolicy"):
            policy = call.body["policy"]
            if policy.get("etag") != self.with_etag(self.policies[resource])["etag"]:
                raise Refusal(409, "ABORTED", "There were concurrent policy changes.")
            for binding in policy.get("bindings", []):
                for member in binding["members"]:
                    self.check_member(member)
                if re.match("(projects|organizations)/", binding["role"]):
                    self.check_role(binding["role"])
            generation = self.policies[resource].get("generation", 0) + 1
            self.policies[resource] = {**policy, "generation": generation}
            return self.with_etag(self.policies[resource])
        return None

    @staticmethod
    def with_etag(policy):
        etag = base64.b64encode(f"policy{policy.get('generation', 0):06}".encode()).decode()
        return {**{key: value for key, value in policy.items() if key != "generation"}, "etag": etag}

    def check_member(self, member):
        email = member.partition(":")[2]
        if email.endswith(".iam.gserviceaccount.com") and member.startswith("serviceAccount:"):
            known = self.agents if "@gcp-sa-" in email else self.accounts
            if email not in known:
                raise Refusal(400, "INVALID_ARGUMENT", f"Service account {email} does not exist.")

    def check_role(self, name):
        if self.roles.get(name, {"deleted": True}).get("deleted"):
            raise Refusal(400, "INVALID_ARGUMENT", f"Role {name} is not supported for this resource.")

    def members(self, resource, role):
        return [
            member
            for binding in self.policies.get(resource, {}).get("bindings", [])
            if binding["role"] == role
            for member in binding["members"]
        ]

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
        self.require("iam")
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

    def artifact_registry(self, call):
        match = re.fullmatch(r"/v1/(projects/[^/]+/locations/[^/]+)/repositories(/([^/]+)(/.*)?)?", call.path)
        if not match:
            return None
        self.require("artifactregistry")
        name = f"{match[1]}/repositories/{match[3] or call.query.get('repositoryId')}"
        if call.method == "POST":
            self.repositories[name] = {"name": name, "format": "DOCKER", "mode": "STANDARD_REPOSITORY", **call.body}
            return self.operation(match[1], self.repositories[name], "Repository")
        if name not in self.repositories:
            raise not_found(f"Repository {name}")
        if call.method == "DELETE":
            del self.repositories[name]
            return self.operation(match[1], {}, None)
        if not match[4]:
            return self.repositories[name]
        if found := re.fullmatch("/packages/([^/]+)/tags/([^/]+)", match[4]):
            tag = f"{name}{match[4]}"
            digest = self.images.get(f"{found[1]}:{found[2]}")
            if not digest:
                raise not_found(f"Tag {tag}")
            return {"name": tag, "version": f"{name}/packages/{found[1]}/versions/{digest}"}
        if found := re.fullmatch("/packages/([^/]+)/versions/([^/]+)", match[4]):
            return {"name": call.path[4:], "metadata": {}}
        return None

    @staticmethod
    def operation(parent, response, kind):
        if kind:
            response = {"@type": f"type.googleapis.com/google.devtools.artifactregistry.v1.{kind}", **response}
        return {"name": f"{parent}/operations/1", "done": True, "response": response}

    def cloud_build(self, call):
        if re.fullmatch(r"/v1/projects/[^/]+/(locations/[^/]+/)?builds", call.path):
            self.require("cloudbuild")
            number = str(uuid.uuid4())
            build = {
                "@type": "type.googleapis.com/google.devtools.cloudbuild.v1.Build",
                **call.body,
                "id": number,
                "name": f"projects/{NUMBER}/locations/global/builds/{number}",
                "projectId": self.project,
                "status": "SUCCESS",
                "createTime": "2026-01-01T00:00:00Z",
                "startTime": "2026-01-01T00:00:00Z",
                "finishTime": "2026-01-01T00:00:01Z",
                "logUrl": "https://console.example/build",
                "logsBucket": f"gs://{NUMBER}.cloudbuild-logs.googleusercontent.com",
            }
            self.builds[number] = build
            for image in call.body["images"]:
                image = image.replace("$_IMAGE", call.body["substitutions"]["_IMAGE"])
                self.images[image.rpartition("/")[2]] = f"sha256:{len(self.builds):064x}"
            return {
                "name": "operations/build/1",
                "metadata": {"@type": "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata", "build": build},
            }
        if match := re.fullmatch(r"/v1/projects/[^/]+/(?:locations/[^/]+/)?builds/([^/]+)", call.path):
            return self.builds.get(match[1])
        return None

    def storage(self, call):
        buckets = "/storage/v1/b"
        if call.path == buckets and call.method == "POST":
            self.buckets[call.body["name"]] = {"kind": "storage#bucket", "id": call.body["name"], **call.body}
            return self.buckets[call.body["name"]]
        if call.path == buckets:
            return {"kind": "storage#buckets", "items": list(self.buckets.values())}
        if match := re.fullmatch(f"{buckets}/([^/]+)", call.path):
            if match[1] not in self.buckets:
                raise not_found("The specified bucket")
            return self.buckets[match[1]]
        if match := re.fullmatch(f"/upload{buckets}/([^/]+)/o", call.path):
            # Small files come as one body of two parts, the object's description and its content.
            boundary = call.raw.partition(b"\n")[0]
            content = call.raw.split(boundary)[2].partition(b"\n\n")[2].removesuffix(b"\n")
            name = call.query["name"]
            self.objects[name] = content
            return {"kind": "storage#object", "bucket": match[1], "name": name, "generation": "1", "size": len(content)}
        return None

    def run(self, call):
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
        return None

    def apply_service(self, service):
        self.require("run")
        name = service["metadata"]["name"]
        account = service["spec"]["template"]["spec"]["serviceAccountName"]
        if account not in self.accounts:
            raise Refusal(
                403,
                "PERMISSION_DENIED",
                f"Permission 'iam.serviceaccounts.actAs' denied on service account {account} (or it may not exist).",
            )
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

    def pubsub(self, call):
        if match := re.fullmatch(r"/v1/(projects/[^/]+/(topics|subscriptions)/[^/:]+):\w+", call.path):
            return self.policy_call(call, match[1])
        return None

    def require(self, api):
        if f"{api}.googleapis.com" not in self.enabled:
            raise Refusal(403, "PERMISSION_DENIED", f"{api} has not been used in project {NUMBER}", "SERVICE_DISABLED")
