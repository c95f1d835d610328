import Testing
import Timestamps

@Suite struct ExpiringCacheTests {
    @Test func `what is known is known until its end and not at it`() {
        var cache = ExpiringCache<String, Int>(capacity: 2)
        cache.note(1, of: "a", until: .seconds(10), at: .zero)
        #expect(cache.value(of: "a", at: .seconds(10) - .nanoseconds(1)) == 1)
        #expect(cache.value(of: "a", at: .seconds(10)) == nil)
        #expect(cache.value(of: "b", at: .zero) == nil)
    }

    @Test func `without room what has expired goes first, and then what expires next`() {
        var cache = ExpiringCache<Int, Int>(capacity: 3)
        for (key, end) in [(1, 30), (2, 5), (3, 20)] { cache.note(key, of: key, until: .seconds(end), at: .zero) }
        cache.note(4, of: 4, until: .seconds(40), at: .seconds(5))
        #expect((1...4).map { cache.value(of: $0, at: .seconds(5)) } == [1, nil, 3, 4])
        cache.note(5, of: 5, until: .seconds(25), at: .seconds(5))
        #expect((1...5).map { cache.value(of: $0, at: .seconds(5)) } == [1, nil, nil, 4, 5])
        #expect(cache.count == 3)
    }

    @Test func `what is noted again takes no room and has its new end`() {
        var cache = ExpiringCache<String, Int>(capacity: 2)
        cache.note(1, of: "a", until: .seconds(10), at: .zero)
        cache.note(2, of: "b", until: .seconds(10), at: .zero)
        cache.note(3, of: "a", until: .seconds(20), at: .zero)
        #expect(cache.count == 2)
        #expect(cache.value(of: "a", at: .seconds(15)) == 3)
        #expect(cache.value(of: "b", at: .zero) == 2)
    }

    @Test func `what is forgotten or taken is gone`() {
        var cache = ExpiringCache<String, Int>(capacity: 2)
        cache.note(1, of: "a", until: .seconds(10), at: .zero)
        cache.note(2, of: "b", until: .seconds(10), at: .zero)
        cache.forget("a")
        #expect(cache.take("a", at: .zero) == nil)
        #expect(cache.take("b", at: .zero) == 2)
        #expect(cache.count == 0)
    }
}
