#if FUZZ_CONDITION
    import IAMPolicy
    import Timestamps
#elseif FUZZ_MESSAGE
    import JITAccess
#endif

/// What libFuzzer calls with each input; see `deploy/local/fuzz`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTarget(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // libFuzzer's input, which is there for the length of this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    check(input)
    return 0
}

#if FUZZ_CONDITION
    private func check(_ input: [UInt8]) {
        let condition = Condition(expression: input)
        let early = condition.verdict(from: Instant(seconds: 1_700_000_000))
        let late = condition.verdict(from: Instant(seconds: 1_800_000_000))
        precondition(early != .dead || late == .dead, "alive again")
        precondition(early != .dead || input.count > 1, "nothing cannot be dead")
        _ = condition.window
    }
#elseif FUZZ_MESSAGE
    private func check(_ input: [UInt8]) {
        for origin in [nil, "jit-binding", "jit-approval"] as [String?] {
            if case .activation(let activation) = MessageReader.read(data: input, origin: origin) {
                precondition(activation.start <= activation.end, "ends before it starts")
                precondition(!activation.roles.isEmpty && !activation.beneficiary.isEmpty, "nobody, or nothing")
            }
        }
    }
#elseif FUZZ_ENVELOPE
    private func check(_ input: [UInt8]) {
        _ = try? PushEnvelope(input)
    }
#elseif FUZZ_TOKEN
    /// Headers and payloads are fuzzed in the clear, split at the first NUL: the fuzzer would hardly find base64.
    private func check(_ input: [UInt8]) {
        pass(input)
        let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        pass(encode(parts[0]) + Array(".".utf8) + encode(parts[1]) + Array(".c2ln".utf8))
    }

    private func pass(_ token: [UInt8]) {
        guard let token = try? CompactToken(token) else { return }
        precondition(!token.keyID.isEmpty, "no key ID")
        _ = try? TokenClaims(ofVerified: token)
    }

    private func encode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var result: [UInt8] = []
        var (bits, count): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                result.append(alphabet[Int(bits >> count & 63)])
            }
        }
        if count > 0 { result.append(alphabet[Int(bits << (6 - count) & 63)]) }
        return result
    }
#endif
