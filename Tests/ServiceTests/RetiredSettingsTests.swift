import Testing

@testable import Service

/// The least that must be set.
private let required = ["PUSH_AUDIENCE": "https://a.run.app", "PUSH_SERVICE_ACCOUNT": "p@x.iam.gserviceaccount.com"]

@Suite("Settings of earlier versions")
struct RetiredSettingsTests {
    private func settings(_ name: String, _ value: String) throws(SettingsFaults) -> Settings {
        try Settings(environment: required.merging([name: value]) { $1 }, isTerminal: false)
    }

    @Test(arguments: ["activation", "folder"])
    func `a scope that is not the project's is refused with the reason`(value: String) {
        let error = #expect(throws: SettingsFaults.self) { try settings("CLEANUP_SCOPE", value) }
        #expect(error?.lines.count == 1)
        #expect(error?.lines.first?.hasPrefix("CLEANUP_SCOPE: \(value) is not ") == true)
    }

    @Test func `the commands refuse it as well`() {
        let error = #expect(throws: SettingsFaults.self) {
            try CommandSettings(environment: ["CLEANUP_SCOPE": "activation"], isTerminal: false)
        }
        #expect(error?.lines.count == 1)
    }

    @Test(arguments: ["5", "100", "x"])
    func `delivery attempts have no effect, and the warning says that the dead-letter policy must go`(value: String)
        throws
    {
        let settings = try settings("MAX_DELIVERY_ATTEMPTS", value)
        #expect(settings.notices.isEmpty)
        #expect(settings.warnings.count == 1)
        #expect(settings.warnings.first?.hasPrefix("MAX_DELIVERY_ATTEMPTS has no effect") == true)
        #expect(settings.warnings.first?.contains("dead-letter policy") == true)
    }

    @Test(arguments: [("NUM_MESSAGES", "100"), ("HOLD_SECONDS", "300"), ("HOLD_CAPACITY", "65"), ("HOLD_SECONDS", "x")])
    func `what has no effect any more is accepted with a notice`(name: String, value: String) throws {
        let settings = try settings(name, value)
        #expect(settings.warnings.isEmpty)
        #expect(settings.notices.count == 1)
        #expect(settings.notices.first?.hasPrefix("\(name) ") == true)
    }

    @Test(arguments: [
        ("CLEANUP_SCOPE", "project"), ("HOLD_SECONDS", "0"), ("HOLD_CAPACITY", "64"), ("HOLD_SECONDS", ""),
    ])
    func `a value that was the default is accepted in silence`(name: String, value: String) throws {
        let settings = try settings(name, value)
        #expect(settings.notices.isEmpty && settings.warnings.isEmpty)
    }
}
