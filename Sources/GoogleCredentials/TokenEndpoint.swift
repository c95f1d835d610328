internal import GoogleCloud
internal import HTTPTransport
internal import LosslessJSON
internal import Timestamps

/// What credentials need in order to fetch tokens.
struct TokenNetwork: Sendable {
    /// The limits of one attempt.
    static let limits = TransportLimits(
        connect: .seconds(5),
        total: .seconds(10),
        responseBytes: IssuedToken.maximumAnswerBytes
    )

    let transport: any Transport
    let time: TimeSource

    /// A call that is retried while its failure may be transient.
    func call(_ name: String) -> RetryingCall { RetryingCall(name: name, transport: transport, time: time) }
}

/// A token endpoint (RFC 6749, section 3.2).
struct TokenEndpoint: Sendable {
    let url: String
    let network: TokenNetwork

    /// Requests a token.
    ///
    /// - Parameters:
    ///   - form: The request's parameters.
    ///   - secrets: Parts of the request that an error must not repeat.
    ///   - owner: Whose token it is, for errors.
    ///   - advice: What to do about an error (RFC 6749, section 5.2), by its code.
    /// - Returns: The token.
    /// - Throws: ``AccessTokenError``.
    func token(
        _ form: [(name: String, value: String)],
        hiding secrets: [Secret],
        for owner: String,
        advice: (_ code: String) -> String?
    ) async throws(AccessTokenError) -> IssuedToken {
        let name = "\(owner): \(GoogleEndpoint.name(of: url))"
        let request = TransportRequest(
            .post,
            url,
            headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: FormBody.encode(form),
            limits: TokenNetwork.limits
        )
        let response = try await network.call(name).send(request) { response in
            response.status == 200 ? nil : OAuthError(response, hiding: secrets).fault(advice)
        }
        guard let issued = IssuedToken(answer: response.body) else {
            throw .unavailable("\(name): not an access token")
        }
        return issued
    }
}

/// The content type `application/x-www-form-urlencoded`.
enum FormBody {
    /// The encoded parameters; all but unreserved characters (RFC 3986, section 2.3) are percent-encoded.
    static func encode(_ form: [(name: String, value: String)]) -> [UInt8] {
        Array(
            form.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
                .utf8
        )
    }
}
