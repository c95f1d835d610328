#if FUZZ_CONDITION
    import IAMPolicy
    import Timestamps
#elseif FUZZ_MESSAGE
    import ExpiryNotices
    import Timestamps
#elseif FUZZ_TOKEN
    import Base64
#endif

/// What libFuzzer calls with each input; see `Tests/Fuzzing/fuzz`.
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
        let early = condition.isDead(from: Instant(seconds: 1_700_000_000))
        let late = condition.isDead(from: Instant(seconds: 1_800_000_000))
        precondition(!early || late, "alive again")
        precondition(!early || input.count > 1, "nothing cannot be dead")
        _ = condition.window
        switch condition.end {
        case .at(let literal, let death):
            precondition(death == literal || death == literal.next, "dead elsewhere than at a literal")
            precondition(condition.isDead(from: death), "alive at its death")
            precondition(!condition.isDead(from: before(death)), "dead before its death")
        case .never: precondition(condition.isDead(from: .distantPast), "alive once")
        case .unknown:
            // Dead in the end, it can only have been so all the time, for it names no instant.
            let isDead = condition.isDead(from: Instant(seconds: .max))
            precondition(!isDead || condition.isDead(from: .distantPast), "an end, and unknown")
        }
    }

    private func before(_ instant: Instant) -> Instant {
        instant.nanoseconds > 0
            ? Instant(seconds: instant.seconds, nanoseconds: instant.nanoseconds - 1)
            : Instant(seconds: instant.seconds - 1, nanoseconds: 999_999_999)
    }
#elseif FUZZ_MESSAGE
    private func check(_ input: [UInt8]) {
        for origin in [nil, "jit-binding", "jit-approval"] as [String?] {
            if case .notice(let notice) = NoticeReader.read(data: input, origin: origin, titles: .any) {
                precondition(!notice.ends.isEmpty && notice.ends == notice.ends.sorted(), "no ends, or out of order")
                precondition(!notice.resource.isEmpty, "nowhere")
                if notice.isOwn || notice.audit != nil { continue }
                precondition(!notice.grants.isEmpty, "nothing")
                for grant in notice.grants {
                    precondition(!grant.role.isEmpty && grant.member.utf8.count > "user:".utf8.count, "nobody")
                    precondition(grant.member.hasPrefix("user:"), "no user")
                }
                precondition(Set(notice.grants.map { Array($0.role.utf8) }).count == notice.grants.count, "twice")
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
        Base64.encode(Array(bytes)).utf8.filter { $0 != UInt8(ascii: "=") }.map { byte in
            byte == UInt8(ascii: "+") ? UInt8(ascii: "-") : byte == UInt8(ascii: "/") ? UInt8(ascii: "_") : byte
        }
    }
#endif
