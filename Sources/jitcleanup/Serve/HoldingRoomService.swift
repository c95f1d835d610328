internal import Cleanup
internal import ServiceLifecycle

/// Runs the holding room's timer, and hands held pushes back to Pub/Sub as soon as the service is to shut down.
///
/// It has to start after the server, since a group shuts its services down in reverse order, and the server waits for
/// its requests.
struct HoldingRoomService: Service {
    let room: HoldingRoom

    func run() async throws {
        await withGracefulShutdownHandler {
            await room.run()
        } onGracefulShutdown: {
            room.close()
        }
    }
}
