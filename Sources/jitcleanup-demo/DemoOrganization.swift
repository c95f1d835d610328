internal import LocalCloud
internal import Timestamps

/// An organization with folders around the demo's project, for `list` and `sweep`.
enum DemoOrganization {
    static let name = "organizations/123456789012"

    /// Adds the organization, with projects that were never cleaned.
    static func make(in cloud: LocalCloud) {
        let (shop, data) = ("folders/1001", "folders/1002")
        cloud.hierarchy.addOrganization(name)
        cloud.hierarchy.addFolder(shop, in: name)
        cloud.hierarchy.addFolder(data, in: shop)
        // For `--resources projects folders organizations`. Built here, so it is JSON.
        for resource in [name, shop, data] { try? cloud.resourceManager.setPolicy(resource, LocalPolicy.policy([])) }
        cloud.hierarchy.addProject(DemoScene.project, in: shop)
        cloud.hierarchy.addProject("shop-retired", in: shop, state: .deleteRequested)
        for project in ["data-warehouse", "data-exports"] {
            cloud.hierarchy.addProject(project, in: data)
            let policy = LocalPolicy.demo(project: project, now: TimeSource.system.now(), endingSoonAfter: 3600)
            try? cloud.resourceManager.setPolicy(project, policy.json)
        }
    }
}
