internal import Cleanup
internal import ServiceLifecycle

/// Runs the holding room's timer; as soon as the service is to shut down, hands held pushes back to Pub/Sub, and gives
/// what is being worked on a last span of time.
///
/// It has to start after the server, since a group shuts its services down in reverse order, and the server waits for
/// its requests.
struct HoldingRoomService: Service {
    /// Two seconds less than the process has in all, to write the answers.
    private static let timeForWorkAfterShutdown: Duration = .seconds(6)

    let room: HoldingRoom
    let curfew: Curfew

    func run() async throws {
        await withGracefulShutdownHandler {
            await room.run()
        } onGracefulShutdown: {
            curfew.shutDown(in: Self.timeForWorkAfterShutdown)
            room.close()
        }
    }
}

/// Runs the curfew's timer.
///
/// It has to start before the server, so that it ends only when the server has no requests left.
struct CurfewService: Service {
    let curfew: Curfew

    func run() async throws {
        await cancelWhenGracefulShutdown { await curfew.run() }
    }
}
