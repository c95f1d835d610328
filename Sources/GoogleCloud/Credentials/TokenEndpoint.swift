internal import HTTPTransport
internal import LosslessJSON
internal import Timestamps

/// What credentials need to get a token.
struct TokenNetwork: Sendable {
    /// The bounds of one try.
    static let limits = TransportLimits(
        connect: .seconds(5),
        total: .seconds(10),
        responseBytes: IssuedToken.maximumAnswerBytes
    )

    let transport: any Transport
    let time: TimeSource

    /// A call that is tried again while its failure may pass.
    func call(_ name: String) -> PatientCall { PatientCall(name: name, transport: transport, time: time) }
}

/// A token endpoint (RFC 6749, section 3.2).
struct TokenEndpoint: Sendable {
    let url: String
    let network: TokenNetwork

    /// Asks for a token.
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
            response.status == 200
                ? .good : OAuthError(response, hiding: secrets).judgement(advice)
        }
        guard let issued = IssuedToken(answer: response.body) else {
            throw .unavailable("\(name): not an access token")
        }
        return issued
    }
}

/// The content type `application/x-www-form-urlencoded`.
enum FormBody {
    /// Parameters as they are sent; all but unreserved characters (RFC 3986, section 2.3) are percent-encoded.
    static func encode(_ form: [(name: String, value: String)]) -> [UInt8] {
        Array(form.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&").utf8)
    }

    private static func encoded(_ text: String) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
