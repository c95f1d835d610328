import LosslessJSON
import TestSupport
import Testing

@Suite("Alerts and dashboard", .timeLimit(.minutes(3)))
struct MonitoringFilesTests {
    /// Those on metrics of our own.
    private static let logAlerts = ["added-dead", "failures", "keys", "refused", "set-aside"]
    private static let alerts = logAlerts + ["sweep"]

    private func label(of metric: String, _ field: String) throws -> [String] {
        let descriptor = try Repository.json("deploy/monitoring/metrics/\(metric).json")["metricDescriptor"]
        return (descriptor?["labels"]?.elements ?? []).compactMap { $0[field]?.string }
    }

    private func valueType(of metric: String) throws -> String? {
        try Repository.json("deploy/monitoring/metrics/\(metric).json")["metricDescriptor"]?["valueType"]?.string
    }

    /// Every object of a document, outer ones first.
    private func objects(in value: JSONValue) -> [JSONValue] {
        let inner = value.members?.map { $0.value } ?? value.elements ?? []
        return (value.kind == .object ? [value] : []) + inner.flatMap { objects(in: $0) }
    }

    private var paths: [String] {
        Self.alerts.map { "deploy/monitoring/alerts/\($0).json" } + ["deploy/monitoring/dashboard.json"]
    }

    @Test func `the alerts are those that were asked for`() throws {
        let files = try Repository.files(in: "deploy/monitoring/alerts", ending: ".json")
        #expect(files == Self.alerts.map { "deploy/monitoring/alerts/\($0).json" })
        for name in Self.alerts {
            let policy = try Repository.json("deploy/monitoring/alerts/\(name).json")
            // What `apply` finds it by.
            #expect(policy["userLabels"]?["jitcleanup_policy"]?.string == name)
            #expect((policy["documentation"]?["content"]?.string ?? "").utf8.count > 300)
        }
    }

    @Test func `they name only metrics and labels that there are, and every metric is in one of them`() throws {
        var used: Set<String> = []
        for path in paths {
            let all = try objects(in: Repository.json(path))
            let heatMaps = Set(
                all.filter { $0["plotType"]?.string == "HEATMAP" }
                    .compactMap { $0["timeSeriesQuery"]?["timeSeriesFilter"]?["filter"]?.string }
            )
            for object in all {
                if let query = object["prometheusQuery"]?.string {
                    let match = try #require(query.firstMatch(of: /googleapis_com:user_(jitcleanup_[a-z_]+)_sum\{/))
                    #expect(try valueType(of: String(match.output.1)) == "DISTRIBUTION")
                    used.insert(String(match.output.1))
                }
                guard let filter = object["filter"]?.string,
                    let match = filter.firstMatch(of: /^metric\.type="([^"]+)" AND resource\.type="([a-z_]+)"/)
                else { continue }
                let type = match.output.1
                if type == "pubsub.googleapis.com/subscription/num_undelivered_messages" { continue }
                if type == "run.googleapis.com/job/completed_execution_count" { continue }
                #expect(type.hasPrefix("logging.googleapis.com/user/"))
                #expect(["cloud_run_revision", "cloud_run_job"].contains(match.output.2))
                let metric = String(type.split(separator: "/").last ?? "")
                used.insert(metric)
                let aggregations = (object["aggregations"]?.elements ?? []) + [object["aggregation"]].compactMap { $0 }
                #expect(!aggregations.isEmpty)
                for aggregation in aggregations {
                    let groups = (aggregation["groupByFields"]?.elements ?? []).compactMap(\.string)
                    let labels = try label(of: metric, "key").map { "metric.label.\($0)" }
                    #expect(Set(groups).isSubset(of: labels), "\(metric) in \(path)")
                    let isPercentile = aggregation["crossSeriesReducer"]?.string?.contains("PERCENTILE") ?? false
                    let isDistribution = isPercentile || heatMaps.contains(filter)
                    #expect(try valueType(of: metric) == (isDistribution ? "DISTRIBUTION" : "INT64"))
                }
            }
        }
        let metrics = try Repository.files(in: "deploy/monitoring/metrics", ending: ".json")
        #expect(metrics == used.sorted().map { "deploy/monitoring/metrics/\($0).json" })
    }

    @Test(arguments: logAlerts)
    func `the query that an alert tells the operator finds every line behind it`(name: String) async throws {
        let policy = try Repository.json("deploy/monitoring/alerts/\(name).json")
        let content = try #require(policy["documentation"]?["content"]?.string)
        let match = try #require(content.firstMatch(of: /gcloud logging read '([^']+)'/))
        let query = try LogQuery(String(match.output.1))
        let entries = try await Decisions.shared.value.lines.map(LogEntry.init)
        for condition in policy["conditions"]?.elements ?? [] {
            let filter = try #require(condition["conditionThreshold"]?["filter"]?.string)
            let metric = try #require(filter.firstMatch(of: /user\/(jitcleanup_[a-z_]+)/)).output.1
            let definition = try Repository.json("deploy/monitoring/metrics/\(metric).json")
            let counted = try LogQuery(try #require(definition["filter"]?.string))
            for entry in entries where counted.matches(entry) { #expect(query.matches(entry), "\(entry.event)") }
        }
    }

    @Test func `the dashboard's log panel shows what needs attention`() async throws {
        let dashboard = try Repository.json("deploy/monitoring/dashboard.json")
        let filters = objects(in: dashboard).compactMap { $0["logsPanel"]?["filter"]?.string }
        let query = try LogQuery(try #require(filters.first))
        for entry in try await Decisions.shared.value.lines.map(LogEntry.init) {
            let severity = entry.line["severity"]?.string ?? ""
            #expect(query.matches(entry) == ["WARNING", "ERROR", "CRITICAL"].contains(severity))
            var ofSweep = entry
            ofSweep.isOfSweep = true
            #expect(query.matches(ofSweep) == query.matches(entry))
        }
    }
}
