/// A fault injected into one request.
package enum Fault: Sendable {
    /// Sends this response instead; the request is not processed.
    case answer(LocalReply)
    /// Nothing is answered until this time is over; then the connection is reset. The request is not acted on.
    case hang(atMost: Duration)
    /// The connection is reset; the request is not acted on.
    case reset
    /// The request is acted on, and the connection is reset instead of a response.
    ///
    /// On a connection that was used before, libcurl and others then repeat the request by themselves, as they take it
    /// for an idle connection that had been closed; ``cut(afterBytes:)`` with 0 is a lost answer without that.
    case loseReply
    /// The request is acted on, and the connection is closed in the middle of the response's body.
    case cut(afterBytes: Int)
    /// The request is processed, but only this many bytes of the response's body are sent, framed as if they were all.
    case truncate(toBytes: Int)
    /// The request is processed, and the response is padded with whitespace to this many bytes.
    case oversized(bytes: Int)
    /// The request is acted on after this time.
    case delay(Duration)
    /// The request is processed immediately, and answered after this time.
    case answerLate(after: Duration)

    /// One of Google's own errors.
    package static func error(_ error: GoogleError, retryAfter: String? = nil) -> Fault {
        var reply = error.reply
        if let retryAfter { reply.headers.append(("Retry-After", retryAfter)) }
        return .answer(reply)
    }

    /// A bare status with this body.
    package static func status(_ status: Int, body: [UInt8] = []) -> Fault {
        .answer(LocalReply(json: body, status: status))
    }

    /// A front end's HTML page.
    package static func html(_ status: Int) -> Fault {
        .answer(LocalReply(htmlStatus: status, text: "The server encountered a temporary error."))
    }

    /// A redirect elsewhere.
    package static func redirect(to location: String) -> Fault {
        .answer(LocalReply(status: 302, headers: [("Location", location)]))
    }
}

/// A request that a fault could strike.
package struct FaultOccasion: Sendable {
    package let route: Route
    /// How many requests the rule has looked at, this one included.
    package let number: Int
}

/// Which requests a fault strikes.
package enum FaultScope: Sendable {
    /// The next N requests.
    case next(Int)
    case always
    /// The requests for which this returns true.
    case when(@Sendable (FaultOccasion) -> Bool)
}

/// What the `Date` field of responses contains.
package enum DateHeader: Sendable {
    case exact
    /// The cloud's own time, shifted by this many seconds.
    case shifted(bySeconds: Int64)
    /// No `Date` field.
    case omitted
    /// Exactly this.
    case text(String)
}
