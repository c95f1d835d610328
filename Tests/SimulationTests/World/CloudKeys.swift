import LocalCloud

/// Google's keys of all simulations: making new ones for each would take most of the time.
enum CloudKeys {
    static let initial = Result { try [SigningKey.generate(), SigningKey.generate()] }
    /// What Google signs with later.
    static let spare = Result { try (0..<Scale.memory.rotations).map { _ in try SigningKey.generate() } }
    /// Not Google's.
    static let stranger = Result { try SigningKey.generate() }
}
