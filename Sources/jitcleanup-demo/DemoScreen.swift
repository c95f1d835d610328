internal import IAMPolicy
internal import LocalCloud
internal import Service
internal import Timestamps

/// The demo's output.
struct DemoScreen: Sendable {
    let usesColor: Bool
    private let start = TimeSource.system.uptime()

    init(usesColor: Bool) {
        self.usesColor = usesColor
    }

    func say(_ line: String) {
        LogOutput.write(Array((line + "\n").utf8))
    }

    func title(_ line: String) {
        say("\n" + styled(line, "1"))
    }

    func delivery(_ record: DeliveryRecord, _ label: String) {
        let label = record.subscription.contains("/queues/") ? "\(label), by a Cloud Task" : label
        let answer: String
        switch record.outcome {
        case .status(let status): answer = "\(status) \(Self.meaning(status))"
        case .failed(let error): answer = "no answer (\(error))"
        case .expired: answer = "dropped, too old"
        case .deadLettered: answer = "dead-lettered"
        }
        let seconds = (TimeSource.system.uptime() - start) / .seconds(1)
        let time = String(Int(seconds * 10))
        let tenths = time.count < 2 ? "0.\(time)" : "\(time.dropLast()).\(time.suffix(1))"
        let line =
            "  \(String(repeating: " ", count: max(0, 5 - tenths.count)))\(tenths) s  #\(record.attempt)  \(answer)"
        let padding = String(repeating: " ", count: max(1, 44 - line.count))
        say(styled(line, record.isAcknowledged ? "32" : "33") + padding + label)
    }

    func removal(_ line: String) {
        say("  " + styled("- \(line)", "31"))
    }

    func verdict(_ faults: [String], summary: String) {
        if faults.isEmpty {
            say("\n" + styled("OK", "32") + ": \(summary)")
        } else {
            for fault in faults { fail(fault) }
        }
    }

    func fail(_ fault: String) {
        say("\n" + styled("FAILED", "31") + ": \(fault)")
    }

    private func styled(_ text: String, _ code: String) -> String {
        usesColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private static func meaning(_ status: Int) -> String {
        switch status {
        case 204: "acknowledged"
        case 425: "not ended: again, later"
        case 503: "not now: again, later"
        default: "refused: again, later"
        }
    }
}
