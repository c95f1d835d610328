import LocalCloud

/// A key pair of Google's stand-in; in files that import `PushTokens` as well, its own name would be ambiguous.
typealias CloudKey = SigningKey
