import GoogleCloud
import HTTPTransport
import LosslessJSON
import TestSupport

/// A network on which every publish gets one of these statuses, in turn, the last one for ever.
func publishing(_ statuses: Int...) -> TestTransport {
    let turns = Turns(statuses)
    return TestTransport { _ in
        .success(TransportResponse(status: turns.next(), body: Array(#"{"messageIds":["1"]}"#.utf8)))
    }
}

extension TestTransport {
    /// The attributes of the only message of each request.
    var attributes: [[String: String]] {
        requests.map { request in
            let attributes = (try? json(request.body))?.root["messages"]?.elements?.first?["attributes"]
            let pairs = (attributes?.members ?? []).map { ($0.name.string ?? "", $0.value.string ?? "") }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
    }

    var publisher: TopicPublisher { TopicPublisher(baseURL: "http://127.0.0.1:1", transport: self, tokens: nil) }
}
