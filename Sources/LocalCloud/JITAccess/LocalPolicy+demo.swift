internal import LosslessJSON
package import Timestamps

extension LocalPolicy {
    /// A policy, and the activations in it.
    package struct Demo: Sendable {
        package let json: [UInt8]
        /// The activation that stays live for hours.
        package let live: LocalActivation
        /// The activation that ends soon.
        package let endingSoon: LocalActivation
        /// Those that have ended: of two roles, approved by a peer, with a resource condition, of a custom role.
        package let ended: [LocalActivation]
        /// What others granted until an instant that has passed: Google's console, Terraform, and an administrator by hand.
        package let endedGrants: [TemporaryGrant]
    }

    /// What a project looks like that has used JIT Access for a while.
    ///
    /// There are owners, groups and service accounts, eligible bindings, one activation that is live, one that ends
    /// soon, five that have ended (one of them with a resource condition of 1.8), grants of others that have ended, a
    /// binding of Privileged Access Manager, one under a condition without an end, audit settings, and a numeric member
    /// that no client knows.
    ///
    /// - Parameters:
    ///   - project: The project ID.
    ///   - now: The present.
    ///   - soon: After how many seconds the one ends.
    /// - Returns: The policy, and the activations in it.
    package static func demo(project: String, now: Instant, endingSoonAfter soon: Int64) -> Demo {
        let endingSoon = activation("alice@example.com", ["roles/compute.admin"], project, now, -300, soon)
        let ended = ended(project, now)
        let live = activation("bob@example.com", ["roles/logging.admin"], project, now, -600, 7200)
        let grants = endedGrants(project, now)
        let pool = "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/auditors"
        let bindings =
            [
                binding("roles/owner", ["group:platform-admins@example.com", "user:root@example.com"]),
                binding("roles/viewer", ["domain:example.com", "group:developers@example.com", pool]),
                numbered(binding("roles/run.invoker", ["serviceAccount:pusher@\(project).iam.gserviceaccount.com"])),
                binding("roles/pubsub.publisher", ["serviceAccount:jitaccess@\(project).iam.gserviceaccount.com"]),
                eligible("roles/compute.admin", ["group:developers@example.com"]),
                eligible("roles/cloudsql.admin", ["user:Carol.Jones@example.com"], multiParty: true),
            ] + live.bindings + endingSoon.bindings + ended.flatMap(\.bindings) + grants.map(\.binding) + [
                TemporaryGrant(
                    "roles/storage.admin",
                    "user:dora@example.com",
                    title: "Created by: PAM",
                    until: Instant(seconds: now.seconds - 3600)
                ).binding,
                TemporaryGrant(
                    "roles/storage.objectViewer",
                    "group:developers@example.com",
                    title: "public-buckets",
                    expression: "resource.name.startsWith(\"projects/_/buckets/public-\")"
                ).binding,
            ]
        let audits: JSONText = [
            [
                "service": "allServices",
                "auditLogConfigs": [
                    ["logType": "ADMIN_READ"],
                    [
                        "logType": "DATA_READ",
                        "exemptedMembers": [.string("serviceAccount:backup@\(project).iam.gserviceaccount.com")],
                    ],
                ],
            ]
        ]
        return Demo(
            json: policy(bindings, auditConfigs: audits),
            live: live,
            endingSoon: endingSoon,
            ended: ended,
            endedGrants: grants
        )
    }

    private static func endedGrants(_ project: String, _ now: Instant) -> [TemporaryGrant] {
        let agent = "serviceAccount:service-415104041262@gcp-sa-cloudbuild.iam.gserviceaccount.com"
        func ago(_ seconds: Int64) -> Instant { Instant(seconds: now.seconds - seconds) }
        return [
            TemporaryGrant("roles/secretmanager.admin", agent, title: "cloudbuild-connection-setup", until: ago(7200)),
            TemporaryGrant("roles/run.admin", "user:dev@example.com", title: "terraform-expires", until: ago(40_000)),
            TemporaryGrant("roles/bigquery.admin", "user:contractor@example.com", title: "audit", until: ago(86_400)),
        ]
    }

    /// Activations that have ended and were left in the policy.
    private static func ended(_ project: String, _ now: Instant) -> [LocalActivation] {
        var approved = activation("carol.jones@example.com", ["roles/cloudsql.admin"], project, now, -9000, -1800)
        approved.approver = "bob@example.com"
        approved.reviewers = ["bob@example.com"]
        approved.justification = "Restore from backup; it's CASE-125"
        var conditional = activation(
            "alice@example.com",
            ["roles/compute.instanceAdmin.v1"],
            project,
            now,
            -20_000,
            -12_800
        )
        conditional.resourceCondition =
            "resource.name.startsWith(\"projects/\(project)/zones/asia-southeast1-a/instances/\")"
        return [
            activation("bob@example.com", ["roles/compute.viewer", "roles/logging.viewer"], project, now, -7500, -300),
            approved, conditional,
            activation(
                "erin@example.com",
                ["projects/\(project)/roles/customDebugger"],
                project,
                now,
                -90_000,
                -86_000
            ),
        ]
    }

    private static func activation(
        _ user: String,
        _ roles: [String],
        _ project: String,
        _ now: Instant,
        _ start: Int64,
        _ end: Int64
    ) -> LocalActivation {
        // JIT Access writes whole seconds.
        let base = Instant(seconds: now.seconds)
        return LocalActivation(
            user: user,
            roles: roles,
            project: project,
            start: base.adding(seconds: start),
            end: base.adding(seconds: end)
        )
    }

    /// A member that no client knows, with a number that a floating-point reader would change.
    private static func numbered(_ binding: JSONText) -> JSONText {
        guard case .object(let members) = binding else { return binding }
        return .object(members + [("futureField", .raw(Array("9223372036854775809".utf8)))])
    }
}
