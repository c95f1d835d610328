internal import HTTPTransport
internal import LosslessJSON
internal import Synchronization
internal import Timestamps

/// Sends pushes as Pub/Sub and Cloud Tasks do, each with its token.
final class PushSender: Sendable {
    /// A token is reused until this many seconds of it remain.
    ///
    /// Google says a token "may be up to an hour old".
    static let tokenReusedUntilSecondsRemain: Int64 = 300
    /// The most bytes read of a response body, which is ignored.
    static let maximumAnswerBytes = 1 << 20

    private struct Token {
        let text: String
        let keyID: String
        let expiresAt: Instant
    }

    private let transport: any Transport
    private let keys: SigningKeys
    let time: TimeSource
    private let messageAgeSeconds: Int64
    private let tokens = Mutex<[PushIdentity: Token]>([:])

    init(transport: any Transport, keys: SigningKeys, time: TimeSource, messageAgeSeconds: Int64) {
        self.transport = transport
        self.keys = keys
        self.time = time
        self.messageAgeSeconds = messageAgeSeconds
    }

    /// The body with the message's publish time moved into the past.
    private func aged(_ body: [UInt8]) -> [UInt8] {
        let rules = JSONRules(maximumDepth: 8, maximumBytes: LoopbackServer.maximumBodyBytes, allowsNUL: true)
        guard messageAgeSeconds > 0, let document = try? JSONDocument(body, rules: rules),
            let message = document.root["message"]
        else { return body }
        var edit = JSONEdit(document)
        for name in ["publishTime", "publish_time"] {
            guard let value = message[name], let time = value.string.flatMap({ Instant($0, spelling: .javaTime) })
            else {
                continue
            }
            edit.replace(value, with: JSONEscapes.quoted(time.adding(seconds: -messageAgeSeconds).description))
        }
        return edit.bytes()
    }

    /// Sends one push and waits for the response.
    func push(
        _ body: [UInt8],
        to url: String,
        _ authentication: SubscriptionSettings.Authentication,
        deadline: Duration
    ) async -> (outcome: DeliveryRecord.Outcome, answer: TransportResponse?) {
        let headers = [
            ("Content-Type", "application/json"), ("User-Agent", "CloudPubSub-Google"), ("Accept", "application/json"),
        ]
        return await send(aged(body), to: url, headers: headers, authentication, deadline: deadline)
    }

    /// Sends a body with a token and waits for the response.
    func send(
        _ body: [UInt8],
        to url: String,
        headers: [(String, String)],
        _ authentication: SubscriptionSettings.Authentication,
        deadline: Duration
    ) async -> (outcome: DeliveryRecord.Outcome, answer: TransportResponse?) {
        var headers = headers
        switch authentication {
        case .none: break
        case .custom(let value): headers.append(("Authorization", value))
        case .token(let identity):
            do {
                headers.append(("Authorization", "Bearer \(try token(for: identity))"))
            } catch {
                return (.failed(.invalidRequest("no push token: \(error)")), nil)
            }
        }
        let limits = TransportLimits(
            connect: min(deadline, .seconds(10)),
            total: deadline,
            responseBytes: Self.maximumAnswerBytes
        )
        let request = TransportRequest(
            .post,
            url,
            headers: headers.map { (name: $0.0, value: $0.1) },
            body: body,
            limits: limits
        )
        do throws(TransportError) {
            let answer = try await transport.send(request)
            return (.status(answer.status), answer)
        } catch {
            return (.failed(error), nil)
        }
    }

    private func token(for identity: PushIdentity) throws(SigningError) -> String {
        let now = time.now()
        let signing = keys.published.last?.keyID
        if let token = tokens.withLock({ $0[identity] }), token.keyID == signing,
            now.wholeSeconds(until: token.expiresAt) > Self.tokenReusedUntilSecondsRemain
        {
            return token.text
        }
        let claims = PushTokenClaims(audience: identity.audience, email: identity.email, issuedAt: now)
        let text = try keys.mint(claims)
        tokens.withLock {
            $0[identity] = Token(text: text, keyID: signing ?? "", expiresAt: claims.expiresAt)
        }
        return text
    }
}
