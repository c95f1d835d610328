/// Lets pushes that bring the same token at the same time share one check of it.
///
/// A cold start or a new token would otherwise fill the queue of checks with a single token, and turn good pushes away.
actor SharedChecks {
    /// What a check came to; nil if there was no place for it.
    typealias Answer = Result<TokenClaims, TokenRejection>?

    /// What a check is about.
    struct Subject: Hashable {
        let token: SHA256Digest
        let key: SigningKey
    }

    /// Those who wait for each check that is under way.
    private var waiting: [Subject: [CheckedContinuation<Answer, Never>]] = [:]

    /// Makes the check, or waits for the one that is under way.
    func answer(on subject: Subject, _ check: @concurrent @Sendable () async -> Answer) async -> Answer {
        if waiting[subject] != nil {
            return await withCheckedContinuation { waiting[subject]?.append($0) }
        }
        waiting[subject] = []
        let answer = await check()
        for continuation in waiting.removeValue(forKey: subject) ?? [] { continuation.resume(returning: answer) }
        return answer
    }
}
