internal import HummingbirdCore

/// Lets the server accept connections only while the roster has room for them.
package struct ConnectionCap: AvailableConnectionsDelegate {
    private let roster: ConnectionRoster

    /// A cap by the roster's rules.
    package init(_ roster: ConnectionRoster) {
        self.roster = roster
    }

    package mutating func connectionOpened() { roster.connectionOpened() }
    package mutating func connectionClosed() { roster.connectionClosed() }
    package func isAcceptingNewConnections() -> Bool { roster.makeRoom() }
}
