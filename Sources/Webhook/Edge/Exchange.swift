internal import NIOHTTP1

/// What has been asked and answered on one connection, and whether it goes on.
///
/// Requests may follow each other before the first is answered; answers keep their order.
struct Exchange {
    /// How many requests have begun whose answer has not ended.
    private(set) var openRequests = 0
    /// The body of the latest request is not complete.
    private(set) var isReading = false
    /// How many answers have ended.
    private(set) var answers = 0
    /// The answer to something that is no request: after those to the requests before it, and the last one.
    private var refusal: HTTPResponseStatus?
    /// Nothing behind the latest request is looked at.
    private var isLast = false
    /// The answer that is being written is the last one.
    private var isEnding = false

    /// A request may begin.
    var takesRequests: Bool { !isLast }
    /// There is nothing to do but to wait for a request.
    var isWaiting: Bool { openRequests == 0 && !isLast }

    /// A request's head is there.
    ///
    /// - Parameter isLast: The client wants to send no other, or could not be understood if it did.
    mutating func begin(isLast: Bool) {
        openRequests += 1
        isReading = true
        self.isLast = isLast
    }

    /// A request is complete.
    mutating func complete() {
        isReading = false
    }

    /// What comes is no request, or not in time.
    mutating func refuse(_ status: HTTPResponseStatus) {
        isLast = true
        // The request that is being read has an answer of its own.
        if !isReading { refusal = status }
    }

    /// No further request is taken.
    mutating func end() {
        isLast = true
    }

    /// An answer's head is about to be written.
    ///
    /// - Parameters:
    ///   - head: The head, which says it if the connection ends with this answer.
    ///   - wantsEnd: The connection should not be kept, if it can be helped.
    mutating func answer(_ head: inout HTTPResponseHead, wantsEnd: Bool) {
        if openRequests == 0 {
            // Nobody asked, so it is the server's word on what it could not parse.
            if let refusal { head.status = refusal }
            isEnding = true
        } else {
            // Whatever has not been read by now never will be; and an answer to an earlier request is not the last.
            isEnding = openRequests == 1 && (isReading || ((isLast || wantsEnd) && refusal == nil))
        }
        if isEnding {
            isLast = true
            head.headers.replaceOrAdd(name: "connection", value: "close")
        }
    }

    /// An answer has ended.
    ///
    /// - Returns: Whether it was the last one.
    mutating func finishAnswer() -> Bool {
        openRequests = max(0, openRequests - 1)
        answers += 1
        return isEnding
    }
}
