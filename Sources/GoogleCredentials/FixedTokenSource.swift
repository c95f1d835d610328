internal import GoogleCloud
internal import Synchronization

/// A token given in the environment, which cannot be renewed.
final class FixedTokenSource: AccessTokenSource {
    private let given: AccessToken
    private let isRefused = Mutex(false)

    init(_ token: AccessToken) { given = token }

    func token() async throws(AccessTokenError) -> AccessToken {
        guard !isRefused.withLock({ $0 }) else {
            throw .refused("\(CredentialVariables.accessTokenName): Google refused it; such tokens last for an hour")
        }
        return given
    }

    func invalidate(_ token: AccessToken) async {
        if token == given { isRefused.withLock { $0 = true } }
    }
}
