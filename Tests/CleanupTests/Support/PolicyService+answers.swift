import HTTPTransport
import TestSupport
import Timestamps

extension PolicyService {
    static let audit =
        #"[{"service":"allServices","auditLogConfigs":[{"logType":"DATA_READ"}],"x":18446744073709551616}]"#

    func answer(_ status: Int, _ text: String, _ more: [(name: String, value: String)] = [])
        -> TransportResponse
    {
        TransportResponse(status: status, headers: [("date", time.now.httpDate ?? "")] + more, body: Array(text.utf8))
    }

    func error(
        _ status: Int,
        _ code: String,
        _ reason: String?,
        _ headers: [(name: String, value: String)],
        permission: String = ""
    ) -> TransportResponse {
        let details =
            reason.map {
                #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"\#($0)","#
                    + #""metadata":{"permission":"\#(permission)"}}"#
            } ?? ""
        let text =
            #"{"error":{"code":\#(status),"message":"a fault","status":"\#(code)","details":[\#(details)]}}"#
        return answer(status, text, headers)
    }

    static func text(_ bindings: [String], etag: String) -> String {
        #"{"version":3,"bindings":[\#(bindings.joined(separator: ","))],"auditConfigs":\#(audit),"etag":"\#(etag)"}"#
    }

    /// The project and method of a URL.
    static func target(_ url: String) -> (String, Method)? {
        let path = url.split(separator: "/").last ?? ""
        let parts = path.split(separator: ":")
        guard parts.count == 2, let method = Method(rawValue: String(parts[1])) else { return nil }
        return (String(parts[0]), method)
    }
}
