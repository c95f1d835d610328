internal import GoogleCloud
internal import HTTPTransport
internal import LosslessJSON

/// `credential_source`: where a workload gets the token that it exchanges for a Google one.
struct SubjectToken: Sendable {
    private enum Source: Sendable {
        case file(String)
        case url(String, headers: [(name: String, value: Secret)])
    }

    private enum Format: Sendable {
        case text
        case json(field: String)
    }

    /// Documents may be as large as a credential file: SAML assertions are long.
    private static let rules = JSONRules(
        maximumDepth: 32,
        maximumBytes: CredentialFiles.maximumBytes,
        allowsDuplicateNames: true
    )
    private static let whiteSpace: Set<UInt8> = [0x09, 0x0A, 0x0D, 0x20]

    private let source: Source
    private let format: Format
    private let network: TokenNetwork
    private let files: CredentialFiles

    init(_ fields: CredentialFields, _ network: TokenNetwork, _ files: CredentialFiles) throws(CredentialFault) {
        let unsupported = ["environment_id": "AWS", "executable": "executables", "certificate": "X.509 certificates"]
        for (name, what) in unsupported.sorted(by: { $0.key < $1.key }) where fields.has(name) {
            throw fields.fault(name, "is not supported: \(what) as a source of tokens")
        }
        self.network = network
        self.files = files
        switch (try fields.optionalText("file"), try fields.optionalText("url")) {
        case (let path?, nil): source = .file(path)
        case (nil, let url?): source = .url(try Self.checked(url, fields), headers: try Self.headers(fields))
        case (nil, nil): throw fields.fault("file", "and url are missing")
        case (.some, .some): throw fields.fault("file", "and url are both there")
        }
        let format = try fields.optionalObject("format")
        switch try format?.optionalText("type") {
        case nil, "text": self.format = .text
        case "json": self.format = .json(field: try format?.text("subject_token_field_name") ?? "")
        default: throw fields.fault("format.type", "is neither text nor json")
        }
    }

    /// Reads the current token.
    func read() async throws(AccessTokenError) -> Secret {
        switch source {
        case .file(let path):
            switch files.read(path) {
            case .success(let bytes): return try extract(bytes, from: path)
            case .failure(let fault): throw .unavailable("workload identity: \(path): \(fault.text)")
            }
        case .url(let url, let headers):
            let name = GoogleEndpoint.name(of: url)
            let request = TransportRequest(
                .get,
                url,
                headers: headers.map { ($0.name, $0.value.value) },
                limits: TokenNetwork.limits
            )
            // The endpoint is not Google's, so its response is never shown.
            let response = try await network.call("workload identity: \(name)").send(request) { response in
                switch response.status {
                case 200: nil
                case 408, 429, 500...599: .unavailable("HTTP \(response.status) for the subject token")
                default: .refused("HTTP \(response.status) for the subject token")
                }
            }
            return try extract(response.body, from: name)
        }
    }

    private func extract(_ bytes: [UInt8], from place: String) throws(AccessTokenError) -> Secret {
        switch format {
        case .text:
            let text = bytes.drop { Self.whiteSpace.contains($0) }
                .reversed().drop { Self.whiteSpace.contains($0) }.reversed()
            guard !text.isEmpty, let token = String(validating: Array(text), as: UTF8.self) else {
                throw .unavailable("workload identity: \(place): no subject token in it")
            }
            return Secret(token)
        case .json(let field):
            guard let root = try? JSONDocument(bytes, rules: Self.rules).root, let text = root[field]?.string,
                !text.isEmpty
            else { throw .unavailable("workload identity: \(place): no subject token in its JSON field \(field)") }
            return Secret(text)
        }
    }

    /// Allows any `https` URL, and `http` to this machine or the link-local address where other clouds have their
    /// metadata server; refuses Google's own metadata server.
    private static func checked(_ url: String, _ fields: CredentialFields) throws(CredentialFault) -> String {
        guard let target = RequestURL(url) else {
            throw fields.fault("url", "is not an https URL (http is for loopback addresses and 169.254.169.254)")
        }
        guard target.host != "metadata.google.internal" else {
            throw fields.fault("url", "is Google's metadata server")
        }
        return url
    }

    private static func headers(_ fields: CredentialFields) throws(CredentialFault) -> [(name: String, value: Secret)] {
        guard let headers = try fields.optionalObject("headers") else { return [] }
        var result: [(name: String, value: Secret)] = []
        for name in headers.names {
            let lowered = name.lowercased()
            guard lowered != "metadata-flavor", lowered != "x-google-metadata-request" else {
                throw fields.fault("headers", "are for Google's metadata server")
            }
            result.append((name, Secret(try headers.text(name))))
        }
        return result
    }
}
