"""Access policies: read with an etag, written only with the same one, and of members that exist."""

import base64
import re

from recorder import Refusal


class Policies:
    """Those of all resources, by their names. Needs `accounts`, `agents` and `roles`."""

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
