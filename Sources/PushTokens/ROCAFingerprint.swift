/// Recognises the RSA moduli of CVE-2017-15361 (ROCA).
///
/// The faulty generator made primes that are powers of 65537 modulo the product of many small primes, and so are the
/// moduli. By chance a modulus looks like that about once in 2^27
/// (Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, section 2.3).
enum ROCAFingerprint {
    private static let primes: [UInt32] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
        113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ]
    private static let generator: UInt32 = 65537

    /// Whether the modulus, most significant byte first, is a power of 65537 modulo every one of the primes.
    static func matches(_ modulus: [UInt8]) -> Bool {
        primes.allSatisfy { prime in
            let residue = modulus.reduce(0 as UInt32) { ($0 << 8 | UInt32($1)) % prime }
            var power: UInt32 = 1
            repeat {
                if power == residue { return true }
                power = power * (generator % prime) % prime
            } while power != 1
            return false
        }
    }
}
