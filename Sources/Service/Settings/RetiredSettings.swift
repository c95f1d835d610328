/// Settings of earlier versions: mostly accepted without effect, so that an upgrade needs no new deployment.
enum RetiredSettings {
    /// Reports the retired settings that are set, and adds a fault for those no longer supported.
    ///
    /// - Returns: Lines to log at NOTICE, and lines to log at WARNING.
    static func read(_ reader: inout SettingsReader) -> (notices: [String], warnings: [String]) {
        var notices: [String] = []
        var warnings: [String] = []
        let scope = reader.optional("CLEANUP_SCOPE")
        if scope == "activation" {
            reader.fault(
                "CLEANUP_SCOPE",
                "activation is not supported any more: a message only says when to look, and every expired binding goes; "
                    + "remove the variable"
            )
        } else if let scope, scope != "project" {
            reader.fault("CLEANUP_SCOPE", "\(scope) is not project, and the variable has no effect; remove it")
        }
        if reader.optional("NUM_MESSAGES") != nil {
            notices.append("NUM_MESSAGES is the predecessor's pull size; it has no effect and can be removed")
        }
        for (name, before) in [("HOLD_SECONDS", "0"), ("HOLD_CAPACITY", "64")] {
            guard let value = reader.optional(name), value != before else { continue }
            notices.append("\(name) has no effect any more, since pushes are not held; remove it")
        }
        if reader.optional("MAX_DELIVERY_ATTEMPTS") != nil {
            warnings.append(
                "MAX_DELIVERY_ATTEMPTS has no effect any more: a dead-letter policy counts each \"not ended\" as a failed "
                    + "delivery and moves waiting messages away before their end; remove the policy, or set TASK_QUEUE_PATH"
            )
        }
        return (notices, warnings)
    }
}
