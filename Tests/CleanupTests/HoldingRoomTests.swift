import FoundationEssentials
import Testing
import Timestamps

@testable import Cleanup

@Suite("The holding room", .timeLimit(.minutes(1)))
struct HoldingRoomTests {
    /// Starts so many holds, does something while they wait, and returns how they ended.
    private func hold(
        _ count: Int,
        in room: HoldingRoom,
        _ whileWaiting: @Sendable () -> Void
    ) async -> [HoldingRoom.Wait] {
        await withTaskGroup(of: HoldingRoom.Wait.self) { group in
            for _ in 0..<count { group.addTask { await room.hold(for: .seconds(3000)) } }
            while room.count < count { try? await Task.sleep(for: .milliseconds(5)) }
            whileWaiting()
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test(
        "a wait that is too long, or of a full or closed room, does not begin",
        arguments: [(101, 1, false, HoldingRoom.Wait.notHeld), (100, 0, false, .notHeld), (100, 1, true, .interrupted)]
    )
    func refused(seconds: Int64, capacity: Int, isClosed: Bool, wait: HoldingRoom.Wait) async {
        let room = HoldingRoom(longestSeconds: 100, capacity: capacity, time: .system)
        if isClosed { room.close() }
        #expect(await room.hold(for: .seconds(seconds)) == wait)
        #expect(room.count == 0)
    }

    @Test func `closing it sends everybody away`() async {
        let room = HoldingRoom(longestSeconds: 3000, capacity: 10, time: .system)
        let waits = await hold(10, in: room) { room.close() }
        #expect(waits == Array(repeating: .interrupted, count: 10))
        #expect(room.count == 0)
    }

    @Test func `a caller that is cancelled gives its place back`() async {
        let room = HoldingRoom(longestSeconds: 3000, capacity: 1, time: .system)
        await withTaskGroup(of: HoldingRoom.Wait.self) { group in
            group.addTask { await room.hold(for: .seconds(3000)) }
            while room.count < 1 { await Task.yield() }
            group.cancelAll()
            #expect(await group.next() == .interrupted)
        }
        #expect(room.count == 0)
    }

    @Test func `a sender that has gone before the wait began is not waited for`() async {
        let room = HoldingRoom(longestSeconds: 3000, capacity: 1, time: .system)
        let gone = PushSender { onDeparture in
            onDeparture()
            return {}
        }
        #expect(await room.hold(for: .seconds(3000), sender: gone) == .interrupted)
    }

    @Test func `the time passes by the given clock, for each its own`() async {
        let room = HoldingRoom(longestSeconds: 100, capacity: 3, time: StandingClock(Instant(seconds: 0)).source)
        await withTaskGroup(of: Int64?.self) { group in
            group.addTask {
                await room.run()
                return nil
            }
            for seconds: Int64 in [100, 1, 50] {
                group.addTask { await room.hold(for: .seconds(seconds)) == .over ? seconds : nil }
            }
            var ended: [Int64?] = []
            while ended.count < 3, let next = await group.next() { ended.append(next) }
            #expect(Set(ended) == [1, 50, 100])
            room.close()
        }
    }

    /// The resident set of this process (`proc(5)`, `statm`: the second number, in pages of 4 kB).
    private static func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4096
    }

    @Test func `each wait costs less than 4 kB`() async {
        // So many that what other tests allocate and free meanwhile does not count.
        let count = 20_000
        let room = HoldingRoom(longestSeconds: 3000, capacity: count, time: .system)
        let before = Self.residentBytes()
        _ = await hold(count, in: room) {
            let bytes = (Self.residentBytes() - before) / count
            print("A held push takes \(bytes) bytes, its task included")
            #expect(bytes < 4096)
            room.close()
        }
    }
}
