"""Where images come from: Artifact Registry, Cloud Build, and the storage that sources are put into."""

import re
import uuid

from recorder import not_found


class Images:
    """Needs `project`, `number` and `require`."""

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
                "name": f"projects/{self.number}/locations/global/builds/{number}",
                "projectId": self.project,
                "status": "SUCCESS",
                "createTime": "2026-01-01T00:00:00Z",
                "startTime": "2026-01-01T00:00:00Z",
                "finishTime": "2026-01-01T00:00:01Z",
                "logUrl": "https://console.example/build",
                "logsBucket": f"gs://{self.number}.cloudbuild-logs.googleusercontent.com",
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
